"""Both shells, to be called alike: the asynchronous one runs on a loop of its own."""

import asyncio
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gateway.client import AsyncGallery, AsyncItems, AsyncJobHandle, Gallery

SHELLS = ("sync", "async")


class Blocking:
    """Whatever of the asynchronous shell it wraps, with methods that wait."""

    def __init__(self, wrapped: Any, runner: asyncio.Runner) -> None:
        self._wrapped = wrapped
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._wrapped, name)
        if not inspect.ismethod(found):
            return found
        return lambda *args, **kwargs: self._wait(found(*args, **kwargs))

    def __iter__(self) -> "Blocking":
        return self

    def __next__(self) -> Any:
        try:
            return self._runner.run(anext(self._wrapped))  # type: ignore[arg-type]
        except StopAsyncIteration:
            raise StopIteration from None

    def _wait(self, result: Any) -> Any:
        if inspect.iscoroutine(result):
            result = self._runner.run(result)
        if isinstance(result, AsyncItems | AsyncJobHandle):
            return Blocking(result, self._runner)
        return result


@contextmanager
def opening(shell: str, *args: Any, **kwargs: Any) -> Iterator[Any]:
    """Open a gallery of either kind; gives what is called as `Gallery` is."""
    if shell == "sync":
        with Gallery(*args, **kwargs) as gallery:
            yield gallery
        return
    with asyncio.Runner() as runner:
        gallery = AsyncGallery(*args, **kwargs)
        runner.run(gallery.__aenter__())
        try:
            yield Blocking(gallery, runner)
        finally:
            runner.run(gallery.__aexit__(None, None, None))
