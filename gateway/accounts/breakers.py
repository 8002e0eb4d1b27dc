"""A circuit breaker for each provider, which opens and closes in all replicas alike.

So many calls failing in a row open it; then nobody calls for a while, then one call
tries, and closes it or opens it again. What only tells of one tenant's credential, of
too many calls or of a caller's own parameters is no failure of the provider.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager

import structlog
from msgspec import Struct

from gateway.coordination import keys
from gateway.coordination.leases import Lease
from gateway.plugin.errors import (
    CircuitOpenError,
    StoreError,
    UnauthorizedError,
    UpstreamError,
)
from gateway.ports.clock import Clock
from gateway.ports.metrics import BreakerOpened, BreakerTurned, Watch, unwatched
from gateway.ports.stores import Stores

_TOPIC = "breaker"
_PAUSE_SECONDS = 0.5
_NOT_ITS_FAULT = frozenset({400, 401, 403, 404, 409, 422, 429})
"""Answers to one credential, to too many calls, or to what a caller's parameters say."""

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
        self.is_sure = False


class Breakers:
    """Asked before each call to a provider, and told how it went."""

    def __init__(
        self,
        limits: Mapping[str, BreakerLimits],
        stores: Stores,
        clock: Clock,
        watch: Watch = unwatched,
    ) -> None:
        self._breakers = {name: _Breaker(name, limit) for name, limit in limits.items()}
        self._watch = watch
        self._shared = stores.shared
        self._news = stores.news
        self._clock = clock
        stores.news.listen(_TOPIC, self._hear)

    def is_open(self, provider: str) -> bool:
        breaker = self._breakers.get(provider)
        return breaker is not None and breaker.open_until is not None

    def closed_at(self, provider: str) -> float:
        """Return when some replica last saw it well again, in epoch seconds; 0: never."""
        breaker = self._breakers.get(provider)
        return 0.0 if breaker is None else breaker.closed_at

    @contextlib.asynccontextmanager
    async def admitted(self, provider: str) -> AsyncIterator[None]:
        """Let a call pass, which is made within; how it ends is its verdict.

        Raises:
            CircuitOpenError: the breaker is open, or another call tries already.
        """
        breaker = self._breakers[provider]
        await self._make_sure(provider, breaker)
        is_trial = breaker.open_until is not None
        async with self._to_passage(breaker):
            try:
                yield
            except UpstreamError as error:
                await self._note_failure(breaker, error, is_trial=is_trial)
                raise
            await self._note_success(breaker)

    def _to_passage(self, breaker: _Breaker) -> AbstractAsyncContextManager[None]:
        if breaker.open_until is None:
            return contextlib.nullcontext()
        left = breaker.open_until - self._clock.now()
        if left > 0:
            raise CircuitOpenError("it kept failing", retry_after_seconds=left)
        return self._trying(breaker)

    @contextlib.asynccontextmanager
    async def _trying(self, breaker: _Breaker) -> AsyncIterator[None]:
        """Be the one trial of all replicas; its holder's death frees it.

        One that ends without a verdict lets another try.
        """
        if breaker.is_trying:
            raise _to_pause()
        breaker.is_trying = True
        lease = self._shared and Lease(self._shared, keys.trial(breaker.provider))
        try:
            if lease and not await _may_try(lease):
                raise _to_pause()
            yield
        finally:
            breaker.is_trying = False
            if lease:
                await lease.drop()

    async def _note_success(self, breaker: _Breaker) -> None:
        breaker.failures = 0
        if breaker.open_until is not None:
            log.info("breaker.closed", provider=breaker.provider)
            await self._turn(breaker, 0.0)

    async def _note_failure(
        self, breaker: _Breaker, error: UpstreamError, *, is_trial: bool
    ) -> None:
        """Count it; one of a call that began before the breaker opened is old news."""
        if isinstance(error, CircuitOpenError):
            return
        if isinstance(error, UnauthorizedError) or error.status in _NOT_ITS_FAULT:
            await self._note_success(breaker)
            return
        breaker.failures += 1
        was_open = breaker.open_until is not None
        if was_open and not is_trial:
            return
        if was_open or breaker.failures >= breaker.limits.failures:
            seconds = breaker.limits.seconds
            if not was_open:
                log.warning(
                    "breaker.opened", provider=breaker.provider, seconds=seconds
                )
                self._watch(BreakerOpened(breaker.provider))
            await self._turn(breaker, seconds)

    async def _make_sure(self, provider: str, breaker: _Breaker) -> None:
        """Ask how it stands where news may have been missed."""
        if breaker.is_sure or self._shared is None:
            return
        breaker.is_sure = True
        try:
            kept = await self._shared.get(keys.breaker(provider))
        except StoreError:
            breaker.is_sure = False
            return
        if kept is not None and breaker.open_until is None:
            self._set(breaker, breaker.limits.seconds)

    async def _turn(self, breaker: _Breaker, seconds: float) -> None:
        """Open for so long, or close, here and everywhere."""
        self._set(breaker, seconds)
        await self._tell(breaker.provider, seconds)

    async def _tell(self, provider: str, seconds: float) -> None:
        if self._shared is None:
            return
        key = keys.breaker(provider)
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
        breaker.failures = 0
        breaker.open_until = self._clock.now() + seconds if seconds > 0 else None
        if breaker.open_until is None:
            breaker.closed_at = self._clock.now()
        is_open = breaker.open_until is not None
        self._watch(BreakerTurned(breaker.provider, is_open))


async def _may_try(lease: Lease) -> bool:
    """Claim the trial; where nobody can be asked, each replica has its own."""
    try:
        return await lease.take()
    except StoreError:
        return True


def _to_pause() -> CircuitOpenError:
    return CircuitOpenError(
        "it kept failing; one call tries it", retry_after_seconds=_PAUSE_SECONDS
    )


def _to_seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
