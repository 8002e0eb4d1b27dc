"""How each provider has fared lately, for `GET /v1/providers` and readiness."""

from typing import Literal, TypeAlias

from msgspec import Struct

from gateway.core.clock import Clock
from gateway.core.errors import UnauthorizedError, UpstreamError
from gateway.core.times import from_epoch_ms
from gateway.service.breakers import Breakers

HealthState: TypeAlias = Literal["ok", "degraded", "open"]


class LastError(Struct, frozen=True, kw_only=True):
    code: str
    time: str | None


class Health:
    """Remembers each provider's last call; a tenant's bad credential is not its fault."""

    def __init__(self, clock: Clock, breakers: Breakers) -> None:
        self._clock = clock
        self._breakers = breakers
        self._last_errors: dict[str, LastError] = {}
        self._failing: dict[str, float] = {}

    def note_success(self, provider: str) -> None:
        self._failing.pop(provider, None)

    def note_failure(self, provider: str, error: UpstreamError) -> None:
        time = from_epoch_ms(int(self._clock.now() * 1000))
        self._last_errors[provider] = LastError(code=error.code, time=time)
        if not isinstance(error, UnauthorizedError):
            self._failing[provider] = self._clock.now()

    def state(self, provider: str) -> HealthState:
        if self._breakers.is_open(provider):
            return "open"
        failed_at = self._failing.get(provider)
        is_failing = failed_at is not None and (
            failed_at >= self._breakers.closed_at(provider)
        )
        return "degraded" if is_failing else "ok"

    def last_error(self, provider: str) -> LastError | None:
        return self._last_errors.get(provider)
