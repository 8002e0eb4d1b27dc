"""One hand-written fake per port."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from gateway.plugin.provider import Http, Plugin, Provider


class FakeClock:
    """A clock that stands until it is turned."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def turn(self, seconds: float) -> None:
        self._now += seconds


class NoSettings(Struct, frozen=True, kw_only=True):
    pass


class NoFilters(Struct, frozen=True, kw_only=True):
    pass


class TokenCredential(Struct, frozen=True, kw_only=True):
    token: str


def _create(name: str, settings: Any, http: Http) -> Provider:
    raise NotImplementedError


def fake_plugin(
    name: str,
    *,
    settings: type[Struct] = NoSettings,
    credential: type[Struct] = TokenCredential,
    base_url: str | None = None,
    media_hosts: tuple[str, ...] = (),
) -> Plugin:
    """Make a plugin whose provider is never created."""
    return Plugin(
        name=name,
        title=name.title(),
        settings=settings,
        credential=credential,
        filters=NoFilters,
        kinds=("image",),
        create=_create,
        base_url=base_url,
        media_hosts=media_hosts,
    )


def by_name(*plugins: Plugin) -> Mapping[str, Plugin]:
    return {plugin.name: plugin for plugin in plugins}
