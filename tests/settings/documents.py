"""A valid configuration as a value, ways to change it, and to write it as TOML."""

import copy
import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from gateway.plugin.errors import Fault, SettingsError
from gateway.plugin.provider import Plugin
from gateway.settings import Settings, hash_key, load
from tests.fakes import by_name, fake_plugin

PASSWORD = "s3cret-hyper-password"  # noqa: S105
TOKEN = "s3cret-piktid-token"  # noqa: S105
SIGNING_KEY = "s3cret-signing-key-of-32-bytes-or-more"
REDIS_PASSWORD = "s3cret-redis-password"  # noqa: S105
SECRETS = (PASSWORD, TOKEN, SIGNING_KEY, REDIS_PASSWORD)
REMOVED = object()


class HyperSettings(Struct, frozen=True, kw_only=True):
    first_page: Annotated[int, Meta(ge=0)] = 0
    gallery_type: Literal["Mine", "Featured"] = "Mine"


class HyperCredential(Struct, frozen=True, kw_only=True):
    """Its own rule quotes what it found, as a careless author's would."""

    email: str | None = None
    password: str | None = None
    token: str | None = None

    def __post_init__(self) -> None:
        if self.token is None and (self.email is None or self.password is None):
            raise ValueError("expected email and password, or token")
        if self.token is not None and self.password is not None:
            raise ValueError(f"expected one of {self.password}, {self.token}")


class AvatarCredential(Struct, frozen=True, kw_only=True):
    email: str


class PiktidSettings(Struct, frozen=True, kw_only=True):
    page_size: Annotated[int, Meta(ge=1, le=100)] = 50


PLUGINS = by_name(
    fake_plugin(
        "hyper3d",
        settings=HyperSettings,
        credential=HyperCredential,
        base_url="https://hyper.example/api",
        media_hosts=("*.hyper.example",),
    ),
    fake_plugin("avatar", credential=AvatarCredential),
    fake_plugin(
        "piktid", settings=PiktidSettings, base_url="https://v2.piktid.example"
    ),
)


def document() -> dict[str, Any]:
    """Return a configuration in which every kind of value occurs."""
    return {
        "server": {
            "port": 8080,
            "public_url": "https://gallery.example/path/",
            "cors_origins": ["https://app.example", "http://localhost:*"],
            "trusted_proxies": ["10.0.0.0/8", "::1"],
            "anonymous_tenant": "acme",
        },
        "redis": {"url": f"rediss://:{REDIS_PASSWORD}@redis.example/0"},
        "cache": {"fresh_seconds": 12, "stale_if_error_seconds": 0.0},
        "secrets": {"signing_keys": [SIGNING_KEY]},
        "providers": {
            "studio": {"plugin": "hyper3d", "first_page": 1},
            "avatar": {"base_url": "https://avatar.example/"},
            "piktid": {"page_size": 20, "media_hosts": ["*.cdn.example"]},
            "resting": {"plugin": "piktid", "enabled": False},
        },
        "tenants": [
            {
                "name": "acme",
                "keys": [
                    {
                        "name": "web",
                        "hash": hash_key("a"),
                        "scopes": ["gallery:read", "gallery:write"],
                        "expires": dt.date(2027, 1, 1),
                    },
                    {"name": "old", "hash": hash_key("b")},
                ],
                "credentials": {
                    "studio": {"email": "a@example.com", "password": PASSWORD},
                    "avatar": {"email": "a@example.com"},
                    "piktid": {"token": TOKEN},
                    "resting": {"token": TOKEN},
                },
            },
            {"name": "empty"},
        ],
    }


def parts(path: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in path.split("/")]


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the valid document with one place set anew, or `REMOVED`."""
    whole: Any = copy.deepcopy(document())
    inner = whole
    *way, last = parts(path)
    for part in way:
        inner = inner.setdefault(part, {}) if isinstance(part, str) else inner[part]
    if value is REMOVED:
        del inner[last]
    elif isinstance(last, int) and last == len(inner):
        inner.append(value)
    else:
        inner[last] = value
    return whole


def to_toml(whole: dict[str, Any]) -> str:
    return "".join(
        f"{_quote(key)} = {_inline(value)}\n" for key, value in whole.items()
    )


def _inline(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _quote(value)
        case dict():
            pairs = (f"{_quote(key)} = {_inline(one)}" for key, one in value.items())
            return "{" + ", ".join(pairs) + "}"
        case list():
            return "[" + ", ".join(map(_inline, value)) + "]"
    return str(value)


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def load_document(
    folder: Path,
    whole: dict[str, Any],
    environment: dict[str, str] | None = None,
    plugins: dict[str, Plugin] | None = None,
) -> Settings:
    path = folder / "gateway.toml"
    path.write_text(to_toml(whole), encoding="utf-8")
    return load(path, PLUGINS if plugins is None else plugins, environment or {})


def faults_of(
    folder: Path,
    whole: dict[str, Any],
    environment: dict[str, str] | None = None,
) -> tuple[Fault, ...]:
    """Load what must be refused."""
    try:
        load_document(folder, whole, environment)
    except SettingsError as error:
        return error.faults
    raise AssertionError("it was accepted")
