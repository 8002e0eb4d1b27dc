"""Plugins and sandboxes, found by the entry points that installed packages declare."""

from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from gateway.plugin.errors import Fault, SettingsError
from gateway.plugin.provider import Plugin

PROVIDERS_GROUP = "gallery_gateway.providers"
SANDBOXES_GROUP = "gallery_gateway.sandboxes"

T = TypeVar("T")


def find_plugins(found: Iterable[EntryPoint] | None = None) -> dict[str, Plugin]:
    """Load every installed plugin, by name; `found` instead of the installed ones.

    Raises:
        SettingsError: naming the entry point and its distribution, for each that
            cannot be imported, is no `Plugin` of its name, or takes another's name.
    """
    return _load_all(PROVIDERS_GROUP, found, _to_plugin)


def find_sandboxes(
    found: Iterable[EntryPoint] | None = None,
) -> dict[str, Callable[..., Any]]:
    """Load what makes each sandbox upstream, by name.

    Raises:
        SettingsError: as `find_plugins`, for what is not callable.
    """
    return _load_all(SANDBOXES_GROUP, found, _to_sandbox)


def _load_all(
    group: str,
    found: Iterable[EntryPoint] | None,
    to_wanted: Callable[[EntryPoint], T],
) -> dict[str, T]:
    points = entry_points(group=group) if found is None else found
    faults: list[Fault] = []
    by_name: dict[str, EntryPoint] = {}
    loaded: dict[str, T] = {}
    for point in points:
        first = by_name.setdefault(point.name, point)
        try:
            _refuse_clash(point, first)
            loaded[point.name] = to_wanted(point)
        except Exception as error:  # noqa: BLE001  # foreign code raises anything
            message = f"{type(error).__name__}: {error}"
            faults.append(Fault(where=_to_where(point), message=message))
    if faults:
        raise SettingsError(faults)
    return loaded


def _refuse_clash(point: EntryPoint, first: EntryPoint) -> None:
    if point.value != first.value:
        raise TypeError(f"its name is taken by {_to_where(first)}")


def _to_where(point: EntryPoint) -> str:
    package = point.dist.name if point.dist else "unknown distribution"
    return f"entry point {point.name} = {point.value} ({package})"


def _to_plugin(point: EntryPoint) -> Plugin:
    plugin = point.load()
    if not isinstance(plugin, Plugin):
        raise TypeError("expected a gateway.plugin.provider.Plugin")
    if plugin.name != point.name:
        raise TypeError(f"expected a plugin named {point.name}")
    return plugin


def _to_sandbox(point: EntryPoint) -> Callable[..., Any]:
    sandbox = point.load()
    if not callable(sandbox):
        raise TypeError("expected a callable that makes an ASGI app")
    create: Callable[..., Any] = sandbox
    return create
