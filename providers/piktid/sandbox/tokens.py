"""The tokens of PiktID's stand-in: a configured one, and pairs from a login."""

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from msgspec import Struct

from providers.piktid.sandbox.jobs import EMAIL
from providers.piktid.sandbox.requests import unauthorized

CONFIGURED: Final = "demo"
_PASSWORD: Final = "demo"  # noqa: S105  the ready account's, as documented
_LIFETIME: Final = timedelta(hours=1)
_REFRESH_LIFETIME: Final = timedelta(days=30)


class Pair(Struct, frozen=True, kw_only=True):
    token: str
    expiration_date: str
    refresh_token: str
    refresh_expiration: str


class Tokens:
    """A refresh token that comes a second time revokes all that were handed out."""

    def __init__(self, seed: int, now: Callable[[], datetime]) -> None:
        self._seed = seed
        self._now = now
        self._made = 0
        self._valid: dict[str, datetime] = {}
        self._refresh: dict[str, datetime] = {}
        self._used: set[str] = set()
        self._is_configured_valid = True

    def check(self, header: str | None) -> None:
        scheme, _, token = (header or "").partition(" ")
        if scheme == "Bearer":
            if token == CONFIGURED and self._is_configured_valid:
                return
            end = self._valid.get(token)
            if end is not None and self._now() < end:
                return
        raise unauthorized()

    def login(self, header: str | None) -> Pair:
        wanted = b64encode(f"{EMAIL}:{_PASSWORD}".encode()).decode()
        if header != f"Basic {wanted}":
            raise unauthorized()
        return self._hand_out()

    def refresh(self, refresh_token: str) -> Pair:
        if refresh_token in self._used:
            self._valid.clear()
            self._refresh.clear()
            raise unauthorized()
        end = self._refresh.pop(refresh_token, None)
        if end is None or end <= self._now():
            raise unauthorized()
        self._used.add(refresh_token)
        return self._hand_out()

    def void(self) -> None:
        self._valid.clear()
        self._refresh.clear()
        self._is_configured_valid = False

    def restore(self) -> None:
        self._is_configured_valid = True

    def _hand_out(self) -> Pair:
        self._made += 1
        end, refresh_end = self._now() + _LIFETIME, self._now() + _REFRESH_LIFETIME
        token, again = (self._make(kind) for kind in ("access", "refresh"))
        self._valid[token] = end
        self._refresh[again] = refresh_end
        return Pair(
            token=token,
            expiration_date=end.replace(tzinfo=None).isoformat(),
            refresh_token=again,
            refresh_expiration=refresh_end.replace(tzinfo=None).isoformat(),
        )

    def _make(self, kind: str) -> str:
        return sha256(f"piktid:{self._seed}:{kind}:{self._made}".encode()).hexdigest()
