"""The configuration: TOML in, frozen structs out, all faults at once."""

from gateway.settings.checks import hash_key
from gateway.settings.loading import load
from gateway.settings.reading.references import names_any
from gateway.settings.schema import (
    Cache,
    Credentials,
    Gallery,
    Key,
    Limits,
    ProviderSettings,
    Redis,
    Secrets,
    Server,
    Settings,
    TenantSettings,
    Upstream,
)

__all__ = [
    "Cache",
    "Credentials",
    "Gallery",
    "Key",
    "Limits",
    "ProviderSettings",
    "Redis",
    "Secrets",
    "Server",
    "Settings",
    "TenantSettings",
    "Upstream",
    "hash_key",
    "load",
    "names_any",
]
