"""The `[[tenants]]` tables: keys, and credentials as their plugins want them."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from gateway.plugin.provider import Plugin
from gateway.settings.reading.conversion import to_struct
from gateway.settings.reading.places import Place
from gateway.settings.schema import Credentials, TenantSettings, TenantTable


def to_tenants(
    tables: Iterable[tuple[object, Place]],
    plugins: Mapping[str, Plugin | None],
    enabled: Sequence[str],
) -> tuple[TenantSettings, ...]:
    """Convert the tables; credentials for providers not enabled are left out.

    `plugins` has each configured provider's, None where that is a fault already.
    """
    tenants: list[TenantSettings] = []
    names: set[str] = set()
    hashes: set[str] = set()
    for table, place in tables:
        converted = to_struct(TenantTable, table, place)
        _report_repeated(table, place, names, hashes)
        by_provider = _to_credentials(table, place.key("credentials"), plugins)
        if converted is not None:
            credentials = {
                name: by_provider[name] for name in by_provider if name in enabled
            }
            tenants.append(
                TenantSettings(
                    name=converted.name,
                    keys=converted.keys,
                    credentials=Credentials(credentials),
                )
            )
    return tuple(tenants)


def names_of(tables: Iterable[tuple[object, Place]]) -> set[str]:
    """Return the tenants' names, of those with faults too."""
    return {
        table["name"]
        for table, _ in tables
        if isinstance(table, dict) and isinstance(table.get("name"), str)
    }


def _report_repeated(
    table: object, place: Place, names: set[str], hashes: set[str]
) -> None:
    if not isinstance(table, dict):
        return
    _report_seen(table.get("name"), names, place.key("name"), "tenant")
    keys = table.get("keys")
    for index, key in enumerate(keys if isinstance(keys, list) else ()):
        if isinstance(key, dict):
            where = place.key("keys").index(index).key("hash")
            _report_seen(key.get("hash"), hashes, where, "key of all tenants")


def _report_seen(value: object, seen: set[str], place: Place, of: str) -> None:
    if not isinstance(value, str):
        return
    if value in seen:
        place.report(f"expected another for each {of}")
    seen.add(value)


def _to_credentials(
    table: object, place: Place, plugins: Mapping[str, Plugin | None]
) -> dict[str, Struct]:
    tables = table.get("credentials") if isinstance(table, dict) else None
    if not isinstance(tables, dict):
        return {}
    place.report_unknown(tables, list(plugins))
    converted = {
        name: to_struct(plugin.credential, tables[name], place.key(name))
        for name, plugin in plugins.items()
        if plugin is not None and name in tables
    }
    return {name: one for name, one in converted.items() if one is not None}
