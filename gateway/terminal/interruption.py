"""Ctrl-C and SIGTERM, heard at once, but for what must not be left half done."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_EXIT_CODE = 128


class Interrupted(BaseException):  # no error: somebody wanted it
    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = _EXIT_CODE + number


class Interruptions:
    """Raises `Interrupted` where it is used as a context manager."""

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._heard: int | None = None
        self._is_held = False

    def __enter__(self) -> Self:
        self._before = {
            number: signal.signal(number, self._hear) for number in _SIGNALS
        }
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def held_off(self) -> Iterator[None]:
        """Put an interruption off until this is done."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._heard is not None:
            raise Interrupted(self._heard)

    def _hear(self, number: int, _: FrameType | None) -> None:
        self._heard = number
        if not self._is_held:
            raise Interrupted(number)
