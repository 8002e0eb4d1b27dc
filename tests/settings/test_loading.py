"""What a good configuration becomes."""

import datetime as dt
from pathlib import Path

import pytest
from rich.pretty import pretty_repr

from gateway.adapters.redis.servers.node import connect
from gateway.plugin.errors import SettingsError
from gateway.settings import Settings, hash_key, load
from gateway.settings.redis_address import to_redis_address
from tests.settings.documents import (
    PASSWORD,
    PLUGINS,
    SECRETS,
    SIGNING_KEY,
    TOKEN,
    AvatarCredential,
    HyperCredential,
    HyperSettings,
    PiktidSettings,
    changed,
    document,
    load_document,
    to_toml,
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_document(tmp_path, document())


def test_enabled_providers_keep_the_order_of_the_file(settings: Settings):
    names = [provider.name for provider in settings.providers]

    assert names == ["studio", "avatar", "piktid"]


def test_a_provider_has_its_plugin_and_the_keys_of_its_own(settings: Settings):
    studio, _, piktid = settings.providers

    assert studio.plugin is PLUGINS["hyper3d"]
    assert studio.upstream.plugin == "hyper3d"
    assert studio.own == HyperSettings(first_page=1)
    assert piktid.own == PiktidSettings(page_size=20)


def test_a_plugin_gives_the_defaults_of_base_url_and_media_hosts(settings: Settings):
    studio, avatar, piktid = (provider.upstream for provider in settings.providers)

    assert studio.base_url == "https://hyper.example/api"
    assert studio.media_hosts == ("*.hyper.example",)
    assert avatar.media_hosts == ()
    assert piktid.media_hosts == ("*.cdn.example",)


def test_addresses_lose_the_slash_at_their_end(settings: Settings):
    assert settings.providers[1].upstream.base_url == "https://avatar.example"
    assert settings.server.public_url == "https://gallery.example/path"


def test_whole_numbers_do_where_fractions_are_allowed(settings: Settings):
    assert settings.cache.fresh_seconds == 12.0
    assert isinstance(settings.cache.fresh_seconds, float)


def test_tenants_have_keys_and_credentials_of_the_plugins_own_kind(
    settings: Settings,
):
    acme, empty = settings.tenants

    assert acme.keys[0].expires == dt.date(2027, 1, 1)
    assert acme.keys[0].scopes == ("gallery:read", "gallery:write")
    assert acme.keys[1].scopes == ("gallery:read",)
    assert acme.keys[1].expires is None
    assert acme.credentials["avatar"] == AvatarCredential(email="a@example.com")
    assert acme.credentials["studio"] == HyperCredential(
        email="a@example.com", password=PASSWORD
    )
    assert dict(empty.credentials) == {}


def test_credentials_for_a_provider_that_is_not_enabled_are_left_out(
    settings: Settings,
):
    credentials = settings.tenants[0].credentials

    assert list(credentials) == ["studio", "avatar", "piktid"]
    assert len(credentials) == 3


def test_no_secret_is_in_the_repr_of_the_settings(settings: Settings):
    acme = settings.tenants[0]
    shown = [
        repr(settings),
        str(settings),
        pretty_repr(settings),
        repr(acme.credentials),
        pretty_repr(acme.credentials),
    ]

    assert not [secret for secret in SECRETS for text in shown if secret in text]
    assert settings.secrets.signing_keys == (SIGNING_KEY,)
    assert getattr(acme.credentials["piktid"], "token", None) == TOKEN


def test_a_configuration_without_redis_has_none(tmp_path: Path):
    settings = load_document(tmp_path, {"secrets": document()["secrets"]})

    assert settings.redis is None
    assert settings.providers == ()
    assert settings.tenants == ()


def test_an_empty_redis_table_has_the_defaults(tmp_path: Path):
    settings = load_document(tmp_path, changed("redis", {}))

    assert settings.redis is not None
    assert settings.redis.url == "redis://127.0.0.1:6379/0"
    assert settings.redis.timeout_seconds == 0.1


def test_many_workers_are_fine_with_redis(tmp_path: Path):
    settings = load_document(tmp_path, changed("server/workers", 4))

    assert settings.server.workers == 4


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://[::1]:6379/1",
        "rediss://u:p@r?ssl_ca_certs=/c",
        "unix:///r.sock?db=1",
        "redis+sentinel://s1:26379,s2:26379,s3/mymaster/2",
        "rediss+sentinel://u:p@s1/my.master",
        "redis+cluster://n1:7000,[::1]:7001/",
        "rediss+cluster://u:p%2C%40@n1?ssl_ca_certs=/c",
    ],
)
def test_every_kind_of_redis_address_is_accepted(tmp_path: Path, url: str):
    settings = load_document(tmp_path, changed("redis/url", url))

    assert settings.redis is not None
    assert settings.redis.url == url
    for server in to_redis_address(url).servers:
        assert connect(server).connection_pool.make_connection()


def test_tenants_come_from_every_file_of_tenants_dir_as_well(tmp_path: Path):
    folder = tmp_path / "tenants.d"
    folder.mkdir()
    (folder / "b.toml").write_text('[[tenants]]\nname = "b"\n')
    (folder / "a.toml").write_text('[[tenants]]\nname = "a"\n[[tenants]]\nname = "c"')
    (folder / "notes.txt").write_text("not TOML at all")
    (folder / "._a.toml").write_text("another system's")

    settings = load_document(tmp_path, document() | {"tenants_dir": "tenants.d"})

    names = [tenant.name for tenant in settings.tenants]
    assert names == ["acme", "empty", "a", "c", "b"]


def test_a_command_lines_values_take_the_files_place(tmp_path: Path):
    path = tmp_path / "gateway.toml"
    path.write_text(to_toml(document()))

    settings = load(path, PLUGINS, {}, server={"port": 1, "host": "::"})

    assert (settings.server.host, settings.server.port) == ("::", 1)
    assert settings.server.anonymous_tenant == "acme"


def test_a_command_lines_workers_need_redis_too(tmp_path: Path):
    path = tmp_path / "gateway.toml"
    path.write_text(to_toml({"secrets": document()["secrets"]}))

    with pytest.raises(SettingsError, match="without \\[redis\\]"):
        load(path, PLUGINS, {}, server={"workers": 2})


def test_a_keys_hash_is_the_sha256_of_its_text():
    assert hash_key("abc") == (
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
