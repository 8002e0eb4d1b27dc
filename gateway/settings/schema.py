"""The configuration's structs: its keys, their ranges and their defaults.

`Document` is a file as it is written; `Settings` what the rest is handed.
What holds a secret does not show it in its `repr`.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from gateway.plugin.provider import Plugin
from gateway.settings.checks import (
    ADDRESS,
    CERTIFICATES,
    HOST_PATTERN,
    KEY_HASH,
    NETWORK,
    ORIGIN,
    PUBLIC_ADDRESS,
    REDIS_ADDRESS,
    SIGNING_KEY,
)

Scope: TypeAlias = Literal[
    "gallery:read",
    "gallery:write",
    "account:read",
    "account:write",
    "jobs:write",
    "catalog:write",
    "tokens:write",
]
Port: TypeAlias = Annotated[int, Meta(ge=0, le=65535)]
Count: TypeAlias = Annotated[int, Meta(ge=1)]
Seconds: TypeAlias = Annotated[float, Meta(ge=0)]
SomeSeconds: TypeAlias = Annotated[float, Meta(gt=0)]
Name: TypeAlias = Annotated[str, Meta(min_length=1)]


class Server(Struct, frozen=True, kw_only=True):
    """Where the gateway listens; `public_url` never ends in a slash."""

    host: Name = "127.0.0.1"
    port: Port = 8000
    workers: Count = 1
    public_url: Annotated[str, PUBLIC_ADDRESS] = ""
    cors_origins: tuple[Annotated[str, ORIGIN], ...] = ()
    trusted_proxies: tuple[Annotated[str, NETWORK], ...] = ()
    anonymous_tenant: str = ""
    metrics_port: Port = 0
    viewer: bool = True


class Redis(Struct, frozen=True, kw_only=True):
    """A relative `ca_file` starts at the folder of the configuration."""

    url: Annotated[str, REDIS_ADDRESS] = "redis://127.0.0.1:6379/0"
    ca_file: Annotated[str, CERTIFICATES] = ""
    prefix: str = "gg:"
    timeout_seconds: SomeSeconds = 0.1

    def __repr__(self) -> str:
        return f"Redis(prefix={self.prefix!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("prefix", self.prefix)]


class Cache(Struct, frozen=True, kw_only=True):
    fresh_seconds: Seconds = 30.0
    stale_while_revalidate_seconds: Seconds = 60.0
    stale_if_error_seconds: Seconds = 3600.0
    memory_bytes: Annotated[int, Meta(ge=0)] = 134_217_728


class Gallery(Struct, frozen=True, kw_only=True):
    deadline_seconds: SomeSeconds = 8.0
    patience_seconds: Seconds = 2.0
    scan_pages: Count = 5


class Secrets(Struct, frozen=True, kw_only=True):
    """Keys of 32 bytes or more each; the first seals, all of them open."""

    signing_keys: Annotated[tuple[Annotated[str, SIGNING_KEY], ...], Meta(min_length=1)]

    def __repr__(self) -> str:
        return f"Secrets(count={len(self.signing_keys)})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("count", len(self.signing_keys))]


class Limits(Struct, frozen=True, kw_only=True):
    requests_per_minute: Count = 600
    body_bytes: Count = 33_554_432


class Upstream(Struct, frozen=True, kw_only=True):
    """What every `[providers.NAME]` table has; `base_url` never ends in a slash.

    A relative `ca_file` starts at the folder of the configuration.
    """

    plugin: str
    enabled: bool = True
    base_url: Annotated[str, ADDRESS]
    timeout_seconds: SomeSeconds = 10.0
    max_concurrency: Count = 16
    requests_per_second: Annotated[float, Meta(ge=0)] = 0.0
    breaker_failures: Count = 5
    breaker_seconds: Seconds = 5.0
    media_hosts: tuple[Annotated[str, HOST_PATTERN], ...] = ()
    allow_private_addresses: bool = False
    ca_file: Annotated[str, CERTIFICATES] = ""


class Key(Struct, frozen=True, kw_only=True):
    """A caller's key, known by its hash alone; good until `expires` begins (UTC)."""

    name: Name
    hash: Annotated[str, KEY_HASH]
    scopes: tuple[Scope, ...] = ("gallery:read",)
    expires: dt.date | None = None


class TenantTable(Struct, frozen=True, kw_only=True):
    name: Name
    keys: tuple[Key, ...] = ()
    credentials: dict[str, object] = {}


class TenantFile(Struct, frozen=True, kw_only=True):
    """A file of `tenants_dir`."""

    tenants: list[object] = []


class Document(Struct, frozen=True, kw_only=True):
    tenants_dir: str = ""
    server: Server = Server()
    redis: Redis | None = None
    cache: Cache = Cache()
    gallery: Gallery = Gallery()
    secrets: Secrets
    limits: Limits = Limits()
    providers: dict[str, object] = {}
    tenants: list[object] = []


class ProviderSettings(Struct, frozen=True, kw_only=True):
    """An enabled provider; `own` is an instance of `plugin.settings`."""

    name: str
    plugin: Plugin
    upstream: Upstream
    own: Struct


class Credentials(Mapping[str, Struct]):
    """A tenant's `plugin.credential` by provider; its `repr` shows none of it."""

    def __init__(self, by_provider: Mapping[str, Struct]) -> None:
        self._by_provider = dict(by_provider)

    def __getitem__(self, provider: str) -> Struct:
        return self._by_provider[provider]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_provider)

    def __len__(self) -> int:
        return len(self._by_provider)

    def __repr__(self) -> str:
        return f"Credentials({', '.join(self._by_provider)})"


class TenantSettings(Struct, frozen=True, kw_only=True):
    """Who calls; `credentials` has enabled providers only."""

    name: str
    keys: tuple[Key, ...]
    credentials: Credentials


class Settings(Struct, frozen=True, kw_only=True):
    """The whole configuration, checked; `providers` in the file's order."""

    server: Server
    redis: Redis | None
    cache: Cache
    gallery: Gallery
    secrets: Secrets
    limits: Limits
    providers: tuple[ProviderSettings, ...]
    tenants: tuple[TenantSettings, ...]
