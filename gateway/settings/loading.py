"""From files to settings: read, resolve, convert, then the rules between tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from gateway.plugin.errors import Fault, SettingsError
from gateway.plugin.provider import Plugin
from gateway.settings.providers import find_plugin, to_providers
from gateway.settings.reading.conversion import to_struct
from gateway.settings.reading.files import read_table, read_tenants
from gateway.settings.reading.places import FilePlace, Place
from gateway.settings.reading.references import References
from gateway.settings.schema import Document, Settings
from gateway.settings.tenants import names_of, to_tenants

_WORKERS_NEED_REDIS = (
    "expected 1 without [redis]: each worker would log in for itself and void the "
    "others' avatar tokens"
)


def load(
    path: Path,
    plugins: Mapping[str, Plugin],
    environment: Mapping[str, str] | None = None,
    *,
    server: Mapping[str, object] | None = None,
) -> Settings:
    """Load a configuration; `environment` is the process's own unless given.

    `server` (a command line's `host`, `port`, `workers`) takes the place of the
    keys under `[server]`, and is checked as these are.

    Raises:
        SettingsError: with every fault, each naming file, key path and what was
            expected, never a value.
    """
    faults: list[Fault] = []
    place = FilePlace(path.name or str(path), faults)
    references = References(environment)
    table = read_table(path, references, place)
    settings = None
    if table is not None:
        _override(table, server or {})
        _find_files(table, path.parent)
        tenants = read_tenants(table, path, references, place)
        settings = _to_settings(table, tenants, plugins, place)
    if settings is None or faults:
        raise SettingsError(faults)
    return settings


def _override(table: dict[str, object], server: Mapping[str, object]) -> None:
    configured = table.setdefault("server", {})
    if isinstance(configured, dict):
        configured.update(server)


def _find_files(table: dict[str, object], folder: Path) -> None:
    """Have files of certificates start at the configuration's folder."""
    providers = table.get("providers")
    tables = [table.get("redis")]
    tables += providers.values() if isinstance(providers, dict) else ()
    for one in tables:
        if isinstance(one, dict) and isinstance(one.get("ca_file"), str):
            named = one["ca_file"]
            one["ca_file"] = str(folder / named) if named else ""


def _to_settings(
    table: dict[str, object],
    tenant_tables: Sequence[tuple[object, Place]],
    plugins: Mapping[str, Plugin],
    place: Place,
) -> Settings | None:
    document = to_struct(Document, table, place)
    tables = table.get("providers")
    tables = tables if isinstance(tables, dict) else {}
    providers = to_providers(tables, plugins, place.key("providers"))
    tenants = to_tenants(
        tenant_tables,
        {name: find_plugin(name, inner, plugins) for name, inner in tables.items()},
        [provider.name for provider in providers],
    )
    _check_between(table, names_of(tenant_tables), place.key("server"))
    _check_redis(table.get("redis"), place.key("redis"))
    if document is None:
        return None
    shared = msgspec.structs.asdict(document)
    del shared["tenants_dir"]
    return Settings(**shared | {"providers": providers, "tenants": tenants})


def _check_between(
    table: Mapping[str, object], tenants: set[str], place: Place
) -> None:
    server = table.get("server")
    if not isinstance(server, dict):
        return
    port = server.get("port")
    if port and port == server.get("metrics_port"):
        place.key("metrics_port").report("expected another port than `port`")
    if "redis" not in table and _has_workers(server.get("workers")):
        place.key("workers").report(_WORKERS_NEED_REDIS)
    anonymous = server.get("anonymous_tenant")
    if isinstance(anonymous, str) and anonymous and anonymous not in tenants:
        place.key("anonymous_tenant").report("expected the name of a tenant")


def _check_redis(redis: object, place: Place) -> None:
    """Report certificates beside an address where nobody would look at them."""
    if isinstance(redis, dict) and redis.get("ca_file"):
        url = redis.get("url", "")
        if isinstance(url, str) and not url.startswith("rediss"):
            place.key("ca_file").report(
                "expected a rediss:// address, or rediss+, beside it"
            )


def _has_workers(workers: object) -> bool:
    try:
        return msgspec.convert(workers, int, strict=False) > 1
    except msgspec.ValidationError:
        return False
