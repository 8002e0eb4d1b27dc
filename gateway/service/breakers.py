"""A circuit breaker for each provider, which opens and closes in all replicas alike.

So many calls failing in a row open it; then nobody calls for a while, then one call
tries, and closes it or opens it again. What only tells of one tenant's credential or
of too many calls is no failure of the provider.
"""

from collections.abc import Mapping

import structlog
from msgspec import Struct

from gateway.core.clock import Clock
from gateway.core.errors import (
    RestingError,
    StoreError,
    UnauthorizedError,
    UpstreamError,
)
from gateway.core.stores import Stores
from gateway.core.watching import Unwatched, Watch
from gateway.service.leases import Lease

_TOPIC = "breaker"
_PAUSE_SECONDS = 0.5
_NOT_ITS_FAULT = frozenset({401, 403, 429})

log = structlog.get_logger()


class BreakerLimits(Struct, frozen=True, kw_only=True):
    """After how many failures in a row it opens, and for how long (seconds)."""

    failures: int
    seconds: float


class _Breaker:
    """`open_until` is in epoch seconds; None: it is closed."""

    def __init__(self, provider: str, limits: BreakerLimits) -> None:
        self.provider = provider
        self.limits = limits
        self.failures = 0
        self.open_until: float | None = None
        self.closed_at = 0.0
        self.is_trying = False
        self.trial: Lease | None = None
        self.is_sure = False


class Breakers:
    """Asked before each call to a provider, and told how it went."""

    def __init__(
        self,
        limits: Mapping[str, BreakerLimits],
        stores: Stores,
        clock: Clock,
        watch: Watch | None = None,
    ) -> None:
        self._breakers = {name: _Breaker(name, limit) for name, limit in limits.items()}
        self._watch = watch or Unwatched()
        self._shared = stores.shared
        self._news = stores.news
        self._clock = clock
        stores.news.listen(_TOPIC, self._hear)

    def is_open(self, provider: str) -> bool:
        breaker = self._breakers.get(provider)
        return breaker is not None and breaker.open_until is not None

    def closed_at(self, provider: str) -> float:
        """Tell when some replica last saw it well again, in epoch seconds; 0: never."""
        breaker = self._breakers.get(provider)
        return 0.0 if breaker is None else breaker.closed_at

    async def admit(self, provider: str) -> None:
        """Let a call pass.

        Raises:
            RestingError: the breaker is open, or another call tries already.
        """
        breaker = self._breakers[provider]
        await self._make_sure(provider, breaker)
        if breaker.open_until is None:
            return
        left = breaker.open_until - self._clock.now()
        if left > 0:
            raise RestingError("it kept failing", retry_after_seconds=left)
        if breaker.is_trying or not await self._claim_trial(provider, breaker):
            raise RestingError(
                "it kept failing; one call tries it", retry_after_seconds=_PAUSE_SECONDS
            )

    async def note_success(self, provider: str) -> None:
        breaker = self._breakers[provider]
        breaker.failures = 0
        if breaker.open_until is not None:
            log.info("breaker.closed", provider=provider)
            await self._turn(provider, breaker, 0.0)

    async def note_failure(self, provider: str, error: UpstreamError) -> None:
        if isinstance(error, RestingError):
            return
        if isinstance(error, UnauthorizedError) or error.status in _NOT_ITS_FAULT:
            await self.note_success(provider)
            return
        breaker = self._breakers[provider]
        breaker.failures += 1
        was_open = breaker.open_until is not None
        if was_open or breaker.failures >= breaker.limits.failures:
            seconds = breaker.limits.seconds
            if not was_open:
                log.warning("breaker.opened", provider=provider, seconds=seconds)
                self._watch.breaker_opened(provider)
            await self._turn(provider, breaker, seconds)

    async def note_nothing(self, provider: str) -> None:
        """A call ended without a verdict: another may try."""
        breaker = self._breakers[provider]
        if breaker.is_trying:
            breaker.is_trying = False
            await _end_trial(breaker)

    async def _make_sure(self, provider: str, breaker: _Breaker) -> None:
        """Ask how it stands where news may have been missed."""
        if breaker.is_sure or self._shared is None:
            return
        breaker.is_sure = True
        try:
            kept = await self._shared.get(f"breaker:{provider}")
        except StoreError:
            breaker.is_sure = False
            return
        if kept is not None and breaker.open_until is None:
            self._set(breaker, breaker.limits.seconds)

    async def _claim_trial(self, provider: str, breaker: _Breaker) -> bool:
        """Claim the one trial of all replicas; its holder's death frees it."""
        breaker.is_trying = True
        if self._shared is None:
            return True
        lease = Lease(self._shared, f"trial:{provider}")
        try:
            is_ours = await lease.take()
        except StoreError:
            return True
        breaker.is_trying = is_ours
        breaker.trial = lease if is_ours else None
        return is_ours

    async def _turn(self, provider: str, breaker: _Breaker, seconds: float) -> None:
        """Open for so long, or close, here and everywhere."""
        self._set(breaker, seconds)
        await self._tell(provider, seconds)
        await _end_trial(breaker)

    async def _tell(self, provider: str, seconds: float) -> None:
        if self._shared is None:
            return
        key = f"breaker:{provider}"
        try:
            await self._shared.put(key, b"open", keep_seconds=seconds)
            await self._news.publish(_TOPIC, f"{provider} {seconds}")
        except StoreError:
            return

    def _hear(self, text: str) -> None:
        provider, _, seconds = text.rpartition(" ")
        if not text:
            for breaker in self._breakers.values():
                breaker.is_sure = False
        elif provider in self._breakers:
            self._set(self._breakers[provider], _to_seconds(seconds))

    def _set(self, breaker: _Breaker, seconds: float) -> None:
        breaker.is_trying = False
        breaker.failures = 0
        breaker.open_until = self._clock.now() + seconds if seconds > 0 else None
        if breaker.open_until is None:
            breaker.closed_at = self._clock.now()
        is_open = breaker.open_until is not None
        self._watch.breaker_turned(breaker.provider, is_open=is_open)


async def _end_trial(breaker: _Breaker) -> None:
    trial, breaker.trial = breaker.trial, None
    if trial is not None:
        await trial.drop()


def _to_seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
