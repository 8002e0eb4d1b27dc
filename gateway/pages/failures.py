"""Failures, remembered for a moment: a dead upstream is not asked by every request."""

from cachetools import TTLCache
from msgspec import Struct

from gateway.plugin.errors import (
    CircuitOpenError,
    RejectedError,
    UnauthorizedError,
    UpstreamError,
)
from gateway.ports.clock import Clock

_MOMENT_SECONDS = 1.0
_REFUSED_SECONDS = 5.0
_MOST = 10_000
_LONGEST_SECONDS = 86_400.0


class Failure(Struct, frozen=True, kw_only=True):
    """What went wrong, and until when it is not tried again (epoch seconds).

    `retry_at` is when the upstream said it may be, if it did.
    """

    error: UpstreamError
    until: float
    retry_at: float | None = None


class Failures:
    """By page, or by account where the upstream named a time or refused it.

    A refusal is forgotten once the account's pages are left behind: whatever that is for
    may have made the account good.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: TTLCache[str, Failure] = TTLCache(
            _MOST, _LONGEST_SECONDS, timer=clock.now
        )

    def find(self, account_key: str, page_key: str) -> Failure | None:
        for key in (account_key, _to_generation(page_key), page_key):
            failure = self._kept.get(key)
            if failure is not None and failure.until > self._clock.now():
                return failure
        return None

    def note(self, account_key: str, page_key: str, error: UpstreamError) -> Failure:
        """Remember a failure; a provider at rest is remembered elsewhere.

        How it came about is left behind: it would keep all that was at hand then.
        """
        error = error.with_traceback(None)
        if isinstance(error, RejectedError):
            error.body = b""
        error.__cause__ = error.__context__ = None
        now, after = self._clock.now(), error.retry_after_seconds
        key, seconds = page_key, _MOMENT_SECONDS
        if isinstance(error, UnauthorizedError):
            key, seconds = _to_generation(page_key), _REFUSED_SECONDS
        elif after is not None:
            key, seconds = account_key, after
        retry_at = None if after is None else now + after
        failure = Failure(error=error, until=now + seconds, retry_at=retry_at)
        if not isinstance(error, CircuitOpenError):
            self._kept[key] = failure
        return failure

    def forget(self, account_key: str, page_key: str) -> None:
        for key in (account_key, _to_generation(page_key), page_key):
            self._kept.pop(key, None)


def _to_generation(page_key: str) -> str:
    """Return what the keys of all pages of an account's generation begin with."""
    return page_key.rpartition(":")[0]
