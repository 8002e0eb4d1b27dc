"""What is refused: where it stands, what was expected, and all of it at once."""

import datetime as dt
from pathlib import Path

import pytest

from gateway.plugin.errors import SettingsError
from gateway.settings import hash_key, load
from tests.settings.documents import (
    PLUGINS,
    REMOVED,
    SECRETS,
    changed,
    document,
    faults_of,
    load_document,
)

TENANT = "tenants[0]"
CREDENTIALS = f"{TENANT}.credentials"


@pytest.mark.parametrize(
    ("path", "value", "where", "message"),
    [
        ("server", 5, "server", "expected a table"),
        ("server/port", 65536, "server.port", "<= 65535"),
        ("server/port", -1, "server.port", ">= 0"),
        ("server/port", "8000", "server.port", "expected `int`, got `str`"),
        ("server/port", True, "server.port", "expected `int`, got `bool`"),
        ("server/port", 1.5, "server.port", "expected `int`"),
        ("server/workers", 0, "server.workers", ">= 1"),
        ("server/host", "", "server.host", "length >= 1"),
        ("server/hots", "", "server.hots", "unknown key; expected one of: host,"),
        ("server/a b", "", 'server."a b"', "unknown key"),
        ("server/public_url", "gallery", "server.public_url", "http or https"),
        ("server/metrics_port", 8080, "server.metrics_port", "another port"),
        ("server/cors_origins", "*", "server.cors_origins", "expected an array"),
        (
            "server/cors_origins/1",
            "http://a/b",
            "server.cors_origins[1]",
            "without a path",
        ),
        (
            "server/trusted_proxies/0",
            "10.0.0.1/8",
            "server.trusted_proxies[0]",
            "network",
        ),
        (
            "server/trusted_proxies/0",
            "proxy",
            "server.trusted_proxies[0]",
            "network",
        ),
        (
            "server/anonymous_tenant",
            "nobody",
            "server.anonymous_tenant",
            "expected the name of a tenant",
        ),
        ("redis/url", "http://redis", "redis.url", "redis://, rediss:// or unix://"),
        ("redis/url", "redis://", "redis.url", "redis://"),
        ("redis/url", "redis://r?db=x", "redis.url", "database by its number"),
        ("redis/url", "redis://r?socket_timeout=9", "redis.url", "options only db"),
        ("redis/url", "redis://r:port", "redis.url", "redis://"),
        ("redis/url", "redis://r/x", "redis.url", "database by its number"),
        ("redis/url", "redis://r/-1", "redis.url", "database by its number"),
        ("redis/url", "redis://r/1/2", "redis.url", "database by its number"),
        ("redis/url", "redis://r?db=-5", "redis.url", "database by its number"),
        ("redis/url", "rediss://r?ssl_cert_reqs=never", "redis.url", "rediss' ssl_*"),
        ("redis/url", "redis://r..x", "redis.url", "redis://"),
        ("server/public_url", "https://{}", "server.public_url", "http or https"),
        ("server/public_url", "http://h..x/", "server.public_url", "http or https"),
        ("server/public_url", "http://-", "server.public_url", "http or https"),
        ("server/public_url", "http://a,b", "server.public_url", "http or https"),
        ("redis/url", "unix://", "redis.url", "unix://"),
        ("redis/url", "redis://a,b", "redis.url", "one server; several are for"),
        ("redis/url", "redis+sentinel://a", "redis.url", "the master's name"),
        ("redis/url", "redis+sentinel://a//0", "redis.url", "the master's name"),
        ("redis/url", "redis+sentinel://a/m/x", "redis.url", "database by its number"),
        ("redis/url", "redis+sentinel://a,/m/0", "redis.url", "each server as HOST"),
        ("redis/url", "redis+sentinel://a:0/m/0", "redis.url", "each server as HOST"),
        ("redis/url", "redis+cluster://a/1", "redis.url", "no database but 0"),
        ("redis/url", "redis+cluster://a:x,b:1", "redis.url", "each server as HOST"),
        ("redis/url", "redis+cluster://", "redis.url", "each server as HOST"),
        ("redis/url", "redis+cluster://a?ssl_keyfile=k", "redis.url", "only db, and"),
        ("redis/url", "unix+sentinel:///r/m", "redis.url", "redis+ or rediss+"),
        (
            "redis/url",
            "redis+ring://a",
            "redis.url",
            "redis+sentinel://, redis+cluster",
        ),
        ("redis/url", "redis://a b", "redis.url", "without blanks"),
        ("redis/timeout_seconds", 0, "redis.timeout_seconds", "> 0"),
        ("cache/fresh_seconds", -0.1, "cache.fresh_seconds", ">= 0"),
        ("cache/fresh_seconds", float("nan"), "cache.fresh_seconds", ">= 0"),
        ("cache/fresh_seconds", float("inf"), "cache.fresh_seconds", "finite"),
        ("cache/fresh_seconds", 10**400, "cache.fresh_seconds", "expected `float`"),
        ("gallery/scan_pages", 0, "gallery.scan_pages", ">= 1"),
        ("limits/body_bytes", 0, "limits.body_bytes", ">= 1"),
        ("secrets", REMOVED, "secrets", "missing; expected a table with signing_keys"),
        (
            "secrets/signing_keys",
            REMOVED,
            "secrets.signing_keys",
            "missing; expected an array of 1 or more, each 32 bytes or more",
        ),
        ("secrets/signing_keys", [], "secrets.signing_keys", "length >= 1"),
        (
            "secrets/signing_keys/1",
            "s3cret",
            "secrets.signing_keys[1]",
            "expected 32 bytes or more",
        ),
        ("providers", 5, "providers", "expected a table, got `int`"),
        ("providers/avatar", "x", "providers.avatar", "expected a table"),
        ("providers/Studio", {}, "providers.Studio", "expected a name of a-z"),
        (
            "providers/sketches",
            {},
            "providers.sketches.plugin",
            "expected an installed plugin: avatar, hyper3d, piktid",
        ),
        ("providers/avatar/plugin", 5, "providers.avatar.plugin", "expected `str`"),
        ("providers/avatar/colour", 1, "providers.avatar.colour", "unknown key"),
        (
            "providers/avatar/base_url",
            REMOVED,
            "providers.avatar.base_url",
            "missing; expected an http or https address",
        ),
        (
            "providers/avatar/base_url",
            "ftp://a",
            "providers.avatar.base_url",
            "http or https",
        ),
        (
            "providers/avatar/base_url",
            "https://",
            "providers.avatar.base_url",
            "http or https",
        ),
        (
            "providers/avatar/base_url",
            "https://u:p@a",
            "providers.avatar.base_url",
            "without user",
        ),
        (
            "providers/avatar/base_url",
            "https://a/?b",
            "providers.avatar.base_url",
            "query",
        ),
        (
            "providers/avatar/base_url",
            "https://a b",
            "providers.avatar.base_url",
            "http or https",
        ),
        (
            "providers/avatar/media_hosts",
            ["*"],
            "providers.avatar.media_hosts[0]",
            "host name",
        ),
        (
            "providers/piktid/page_size",
            101,
            "providers.piktid.page_size",
            "expected `int` <= 100",
        ),
        (
            "providers/studio/gallery_type",
            "s3cret",
            "providers.studio.gallery_type",
            "expected one of Mine, Featured",
        ),
        ("providers/resting/enabled", 0, "providers.resting.enabled", "`bool`"),
        ("tenants", "acme", "tenants", "expected an array"),
        ("tenants/2", "acme", "tenants[2]", "expected a table"),
        ("tenants/1/name", "acme", "tenants[1].name", "another for each tenant"),
        ("tenants/1/name", REMOVED, "tenants[1].name", "missing; expected `str`"),
        ("tenants/1/keys", [5], "tenants[1].keys[0]", "expected a table"),
        (
            "tenants/1/keys",
            [{"name": "web", "hash": hash_key("a")}],
            "tenants[1].keys[0].hash",
            "another for each key of all tenants",
        ),
        (
            "tenants/0/keys/0/hash",
            hash_key("a").upper(),
            f"{TENANT}.keys[0].hash",
            "lower-case hex",
        ),
        (
            "tenants/0/keys/0/scopes",
            ["gallery:admin"],
            f"{TENANT}.keys[0].scopes[0]",
            "expected one of gallery:read, gallery:write",
        ),
        (
            "tenants/0/keys/0/expires",
            "soon",
            f"{TENANT}.keys[0].expires",
            "expected `date`",
        ),
        (
            "tenants/0/keys/0/expires",
            dt.datetime(2027, 1, 1),  # noqa: DTZ001
            f"{TENANT}.keys[0].expires",
            "expected `date`",
        ),
        (
            "tenants/0/credentials/nobody",
            {},
            f"{CREDENTIALS}.nobody",
            "unknown key; expected one of: studio, avatar, piktid, resting",
        ),
        (
            "tenants/0/credentials/avatar",
            {},
            f"{CREDENTIALS}.avatar.email",
            "missing; expected `str`",
        ),
        (
            "tenants/0/credentials/resting",
            {},
            f"{CREDENTIALS}.resting.token",
            "missing",
        ),
        (
            "tenants/0/credentials/studio/password",
            REMOVED,
            f"{CREDENTIALS}.studio",
            "expected email and password, or token",
        ),
        (
            "tenants/0/credentials/studio/token",
            "s3cret",
            f"{CREDENTIALS}.studio",
            "expected other values",
        ),
        (
            "tenants/0/credentials/studio/password",
            [SECRETS[0]],
            f"{CREDENTIALS}.studio.password",
            "expected `str`, got `array`",
        ),
        ("tenants_dir", "nowhere", "tenants_dir", "expected a folder"),
        ("colour", 1, "colour", "unknown key"),
    ],
)
def test_a_fault_names_its_place_and_what_was_expected(
    tmp_path: Path, path: str, value: object, where: str, message: str
):
    faults = faults_of(tmp_path, changed(path, value))

    assert f"gateway.toml: {where}" in [fault.where for fault in faults]
    told = "\n".join(f.message for f in faults if f.where.endswith(f": {where}"))
    assert message in told
    assert "s3cret" not in told


def test_a_single_fault_is_told_once(tmp_path: Path):
    faults = faults_of(tmp_path, changed("providers/piktid/page_size", 0))

    assert [f"{fault.where}: {fault.message}" for fault in faults] == [
        "gateway.toml: providers.piktid.page_size: expected `int` >= 1"
    ]


def test_all_faults_are_told_at_once(tmp_path: Path):
    whole = document()
    whole["server"] |= {"port": "x", "workers": 0}
    whole["redis"]["prefix"] = 1
    whole["secrets"]["signing_keys"] = ["short", "${MISSING}"]
    whole["providers"]["avatar"] |= {"base_url": "x", "timeout_seconds": 0}
    whole["providers"]["lost"] = {"timeout_seconds": "x"}
    whole["tenants"][0]["keys"][0] |= {"hash": "x", "expires": "x"}
    whole["tenants"][0]["credentials"]["piktid"] = {"token": 5, "extra": 6}

    faults = faults_of(tmp_path, whole)

    assert {fault.where.removeprefix("gateway.toml: ") for fault in faults} == {
        "server.port",
        "server.workers",
        "redis.prefix",
        "secrets.signing_keys[0]",
        "secrets.signing_keys[1]",
        "providers.avatar.base_url",
        "providers.avatar.timeout_seconds",
        "providers.lost.plugin",
        "providers.lost.timeout_seconds",
        f"{TENANT}.keys[0].hash",
        f"{TENANT}.keys[0].expires",
        f"{CREDENTIALS}.piktid.token",
        f"{CREDENTIALS}.piktid.extra",
    }


def test_credentials_of_a_provider_with_a_fault_are_not_called_unknown(
    tmp_path: Path,
):
    faults = faults_of(tmp_path, changed("providers/avatar/plugin", "gone"))

    assert [fault.where for fault in faults] == [
        "gateway.toml: providers.avatar.plugin"
    ]


def test_an_anonymous_tenant_with_a_fault_is_not_called_unknown(tmp_path: Path):
    faults = faults_of(tmp_path, changed("tenants/0/keys/0/hash", "x"))

    assert [fault.where for fault in faults] == [f"gateway.toml: {TENANT}.keys[0].hash"]


def test_more_than_one_worker_without_redis_is_refused_with_the_reason(
    tmp_path: Path,
):
    whole = changed("server/workers", 2)
    del whole["redis"]

    (fault,) = faults_of(tmp_path, whole)

    assert fault.where == "gateway.toml: server.workers"
    assert "each worker would log in for itself" in fault.message
    assert "void the others' avatar tokens" in fault.message


def test_without_a_plugin_installed_the_message_says_none(tmp_path: Path):
    with pytest.raises(SettingsError, match="an installed plugin: none"):
        load_document(tmp_path, document(), plugins={})


def test_a_plugin_without_keys_of_its_own_takes_the_common_ones_only(
    tmp_path: Path,
):
    (fault,) = faults_of(tmp_path, changed("providers/avatar/page_size", 1))

    assert fault.message.endswith("allow_private_addresses, ca_file")


@pytest.mark.parametrize(
    ("content", "where", "message"),
    [
        (b"[server]\nport 8000", ": line 2, column 6", "expected TOML: Expected '='"),
        (b"a = 1\na = 2", ": end of document", "overwrite"),
        (b"a = \xff", "", "expected UTF-8 text"),
        (b"a = " + b"[" * 100_000, "", "nesting of a sane size"),
        (b"a = " + b"1" * 10_000, "", "numbers and nesting of a sane size"),
        (b"a = [", ": end of document", "expected TOML"),
    ],
)
def test_what_is_not_toml_names_the_line(
    tmp_path: Path, content: bytes, where: str, message: str
):
    path = tmp_path / "gateway.toml"
    path.write_bytes(content)

    with pytest.raises(SettingsError) as caught:
        load(path, PLUGINS, {})

    (fault,) = caught.value.faults
    assert fault.where.startswith(f"gateway.toml{where}")
    assert message in fault.message


def test_tables_nested_without_end_are_refused(tmp_path: Path):
    path = tmp_path / "gateway.toml"
    path.write_text(f"[{'.'.join('a' * 5_000)}]\n")

    with pytest.raises(SettingsError, match="expected at most 32 levels"):
        load(path, PLUGINS, {})


def test_a_file_that_is_not_there_is_told_with_the_reason(tmp_path: Path):
    with pytest.raises(SettingsError) as caught:
        load(tmp_path / "none.toml", PLUGINS, {})

    (fault,) = caught.value.faults
    assert fault.where == "none.toml"
    assert fault.message == "expected a readable file (No such file or directory)"


def test_faults_in_tenants_dir_name_their_file(tmp_path: Path):
    folder = tmp_path / "tenants"
    folder.mkdir()
    (folder / "a.toml").write_text('[[tenants]]\nname = "acme"\n')
    (folder / "b.toml").write_text("[server]\nport = 1\n")
    (folder / "c.toml").write_text("not TOML\n")
    (folder / "d.toml").write_text('[[tenants]]\nname = "${MISSING}"\n')

    faults = faults_of(tmp_path, document() | {"tenants_dir": "tenants/"})

    assert [fault.where for fault in faults] == [
        "tenants/b.toml: server",
        "tenants/c.toml: line 1, column 5",
        "tenants/d.toml: tenants[0].name",
        "tenants/a.toml: tenants[0].name",
    ]
