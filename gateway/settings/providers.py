"""The `[providers.NAME]` tables: common keys, and those of the plugin."""

from collections.abc import Mapping

import msgspec

from gateway.plugin.provider import Plugin
from gateway.settings.checks import is_provider_name
from gateway.settings.reading.conversion import to_struct
from gateway.settings.reading.places import Place
from gateway.settings.reading.references import FAULTY
from gateway.settings.schema import ProviderSettings, Upstream

_COMMON_KEYS = tuple(field.encode_name for field in msgspec.structs.fields(Upstream))


def find_plugin(
    name: str, table: object, plugins: Mapping[str, Plugin]
) -> Plugin | None:
    """Find the plugin of a provider's table, None when there is no such one."""
    named = table.get("plugin", name) if isinstance(table, dict) else name
    return plugins.get(named) if isinstance(named, str) else None


def to_providers(
    tables: Mapping[str, object], plugins: Mapping[str, Plugin], place: Place
) -> tuple[ProviderSettings, ...]:
    """Convert the tables, in their order; those not enabled are checked and left out."""
    providers = [
        _to_provider(name, table, plugins, place.key(name))
        for name, table in tables.items()
    ]
    return tuple(one for one in providers if one and one.upstream.enabled)


def _to_provider(
    name: str, table: object, plugins: Mapping[str, Plugin], place: Place
) -> ProviderSettings | None:
    if not is_provider_name(name):
        place.report("expected a name of a-z, 0-9, _ and -")
    if table is FAULTY:
        return None
    if not isinstance(table, dict):
        place.report("expected a table")
        return None
    plugin = find_plugin(name, table, plugins)
    if plugin is None:
        _report_plugin(name, table, plugins, place)
        return None
    return _convert(name, table, plugin, place)


def _convert(
    name: str, table: dict[str, object], plugin: Plugin, place: Place
) -> ProviderSettings | None:
    own_keys = [field.encode_name for field in msgspec.structs.fields(plugin.settings)]
    place.report_unknown(table, [*_COMMON_KEYS, *own_keys])
    common = {key: table[key] for key in _COMMON_KEYS if key in table}
    upstream = to_struct(Upstream, _defaults(name, plugin) | common, place)
    further = {
        key: table[key] for key in own_keys if key in table and key not in common
    }
    own = to_struct(plugin.settings, further, place)
    if upstream is None or own is None:
        return None
    return ProviderSettings(name=name, plugin=plugin, upstream=upstream, own=own)


def _defaults(name: str, plugin: Plugin) -> dict[str, object]:
    defaults: dict[str, object] = {
        "plugin": name,
        "media_hosts": list(plugin.media_hosts),
    }
    if plugin.base_url is not None:
        defaults["base_url"] = plugin.base_url
    return defaults


def _report_plugin(
    name: str, table: dict[str, object], plugins: Mapping[str, Plugin], place: Place
) -> None:
    """Report an unknown plugin, and what can be told of the table without it."""
    named = table.get("plugin", name)
    if isinstance(named, str):
        installed = ", ".join(sorted(plugins)) or "none"
        place.key("plugin").report(f"expected an installed plugin: {installed}")
    placeholder = {"plugin": "", "base_url": "http://unknown"}
    common = {key: table[key] for key in _COMMON_KEYS if key in table}
    to_struct(Upstream, placeholder | common, place)
