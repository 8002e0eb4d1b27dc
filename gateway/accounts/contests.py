"""Whether somebody else logs in as an account: good tokens are voided again and again."""

import math
from collections.abc import Callable

import structlog

_MANY = 3
_LATELY_SECONDS = 30.0
_TELL_SECONDS = 600.0

log = structlog.get_logger()


class Contest:
    """What has become of one account's tokens; `now` is in seconds."""

    __slots__ = ("_good_token", "_now", "_told_at", "_voided_at", "was_good")

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._good_token: str | None = None
        self._voided_at: tuple[float, ...] = ()
        self._told_at = -math.inf
        self.was_good = False

    @property
    def goes_on(self) -> bool:
        """Return whether so many good tokens were voided lately that one more may be."""
        is_full = len(self._voided_at) == _MANY
        return is_full and self._now() - self._voided_at[0] < _LATELY_SECONDS

    def note_good(self, token: str) -> None:
        self._good_token, self.was_good = token, True

    def note_refused(self, token: str, provider: str, account: str) -> None:
        """Count a good token as voided, once, and name the likely cause now and then."""
        if token != self._good_token:
            return
        self._good_token = None
        self._voided_at = (*self._voided_at, self._now())[-_MANY:]
        if self.goes_on and self._now() - self._told_at > _TELL_SECONDS:
            self._told_at = self._now()
            log.warning(
                "login.contested",
                provider=provider,
                account=account,
                reason=(
                    "good tokens are voided again and again: another gateway that does "
                    "not share this one's [redis], or another program, logs in as the "
                    "same user"
                ),
            )
