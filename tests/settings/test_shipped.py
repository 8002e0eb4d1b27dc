"""The files under `config/`, against the schema and the plugins that ship with it."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.adapters.plugins import find_plugins
from gateway.settings import (
    Cache,
    Gallery,
    Limits,
    Redis,
    Server,
    Upstream,
    hash_key,
    load,
)

CONFIG = Path(__file__).parents[2] / "config"
ENVIRONMENT = {
    "GATEWAY_SIGNING_KEY": "k" * 32,
    "ACME_KEY_HASH": hash_key("a"),
    "HYPER3D_EMAIL": "a@example.com",
    "HYPER3D_PASSWORD": "p",
    "AVATAR_EMAIL": "a@example.com",
    "PIKTID_TOKEN": "t",
}
SANDBOX_ENVIRONMENT = {
    "GATEWAY_SIGNING_KEY": "k" * 32,
    "DEMO_KEY_HASH": f"sha256:{'0' * 64}",
    "HYPER3D_URL": "http://127.0.0.1:9001",
    "AVATAR_URL": "http://127.0.0.1:9002",
    "PIKTID_URL": "http://127.0.0.1:9003",
}


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    return tomllib.loads((CONFIG / "gateway.toml").read_text(encoding="utf-8"))


def _defaults(struct: type[msgspec.Struct]) -> dict[str, Any]:
    return {
        field.encode_name: _plain(field.default)
        for field in msgspec.structs.fields(struct)
        if not field.required
    }


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize(
    ("table", "struct"),
    [
        ("server", Server),
        ("redis", Redis),
        ("cache", Cache),
        ("gallery", Gallery),
        ("limits", Limits),
    ],
)
def test_the_file_shows_every_key_with_its_default(
    written: dict[str, Any], table: str, struct: type[msgspec.Struct]
):
    assert written[table] == _defaults(struct)


def test_the_file_shows_every_key_of_a_provider_with_its_default(
    written: dict[str, Any],
):
    plugin = find_plugins()["hyper3d"]
    expected = _defaults(Upstream) | _defaults(plugin.settings)
    expected |= {
        "plugin": plugin.name,
        "base_url": plugin.base_url,
        "media_hosts": list(plugin.media_hosts),
    }

    assert written["providers"]["hyper3d"] == expected


def test_the_file_shows_the_defaults_of_the_other_plugins(written: dict[str, Any]):
    plugin = find_plugins()["piktid"]

    assert written["providers"]["piktid"] == {
        "base_url": plugin.base_url,
        "media_hosts": list(plugin.media_hosts),
    } | _defaults(plugin.settings)


def test_the_file_loads_with_its_variables_set():
    settings = load(CONFIG / "gateway.toml", find_plugins(), ENVIRONMENT)

    names = [provider.name for provider in settings.providers]
    assert names == ["hyper3d", "avatar", "piktid"]
    assert list(settings.tenants[0].credentials) == names


def test_the_demos_file_loads_over_the_sandboxes():
    settings = load(CONFIG / "sandbox.toml", find_plugins(), SANDBOX_ENVIRONMENT)

    assert [provider.upstream.base_url for provider in settings.providers] == [
        "http://127.0.0.1:9001/api",
        "http://127.0.0.1:9002",
        "http://127.0.0.1:9003",
    ]
    assert all(one.upstream.allow_private_addresses for one in settings.providers)
    assert settings.server.anonymous_tenant == settings.tenants[0].name == "demo"
    assert settings.redis is None


def test_the_demos_address_may_be_given():
    environment = SANDBOX_ENVIRONMENT | {"GATEWAY_PORT": "81", "GATEWAY_HOST": "::1"}

    settings = load(CONFIG / "sandbox.toml", find_plugins(), environment)

    assert (settings.server.host, settings.server.port) == ("::1", 81)
