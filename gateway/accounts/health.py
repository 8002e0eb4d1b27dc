"""How each provider has fared lately, for `GET /v1/providers` and readiness."""

from typing import Literal, TypeAlias

from cachetools import LRUCache
from msgspec import Struct

from gateway.accounts.breakers import Breakers
from gateway.accounts.credentials import Account
from gateway.plugin.errors import UnauthorizedError, UpstreamError
from gateway.plugin.times import from_epoch_ms
from gateway.ports.clock import Clock

_ACCOUNTS = 10_000

HealthState: TypeAlias = Literal["ok", "degraded", "open"]


class LastError(Struct, frozen=True, kw_only=True):
    """What went wrong last, in one of the problems' codes and in words."""

    code: str
    time: str | None
    reason: str


class Health:
    """Remembers each provider's last call; a tenant's bad credential is not its fault.

    That one is remembered for the account alone: it is nothing to other tenants.
    """

    def __init__(self, clock: Clock, breakers: Breakers) -> None:
        self._clock = clock
        self._breakers = breakers
        self._last_errors: dict[str, LastError] = {}
        self._refusals: LRUCache[str, LastError] = LRUCache(_ACCOUNTS)
        self._failing: dict[str, float] = {}

    def note_success(self, provider: str) -> None:
        self._failing.pop(provider, None)

    def note_failure(self, account: Account, error: UpstreamError) -> None:
        provider, now = account.provider, self._clock.now()
        time = from_epoch_ms(int(now * 1000))
        last = LastError(code=error.code, time=time, reason=str(error))
        if isinstance(error, UnauthorizedError):
            self._refusals[account.key] = last
        else:
            self._last_errors[provider] = last
            self._failing[provider] = now

    def state(self, provider: str) -> HealthState:
        if self._breakers.is_open(provider):
            return "open"
        failed_at = self._failing.get(provider)
        is_failing = failed_at is not None and (
            failed_at >= self._breakers.closed_at(provider)
        )
        return "degraded" if is_failing else "ok"

    def last_error(self, account: Account) -> LastError | None:
        """Return the account's or its provider's last error, whichever came later."""
        errors = (
            self._last_errors.get(account.provider),
            self._refusals.get(account.key),
        )
        known = [error for error in errors if error is not None]
        return max(known, key=lambda error: error.time or "", default=None)
