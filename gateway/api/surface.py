"""What callers see of the configuration."""

from collections.abc import Sequence

from msgspec import Struct


class Surface(Struct, frozen=True, kw_only=True):
    """What callers see of the configuration; `cors_origins` may hold `*`."""

    version: str
    public_url: str
    cors_origins: Sequence[str]
    trusted_proxies: Sequence[str]
    body_limit_bytes: int
    store_seconds: float
    has_viewer: bool
