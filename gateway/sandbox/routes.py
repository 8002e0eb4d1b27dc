"""The paths of an upstream, and what kind of call each one is."""

import re
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct


class CallKind(StrEnum):
    LIST = "list"
    LOGIN = "login"
    MEDIA = "media"
    OTHER = "other"


class Route(Struct, frozen=True, kw_only=True):
    """`template` is a path with `{name}` in place of each segment that varies."""

    method: str
    template: str
    kind: CallKind = CallKind.OTHER


class RouteTable:
    """Finds the route of a call; HEAD counts as its own method on a GET's path."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = [(_to_pattern(route.template), route) for route in routes]

    def find(self, method: str, path: str) -> Route:
        sought = "GET" if method == "HEAD" else method
        for pattern, route in self._routes:
            if route.method == sought and pattern.fullmatch(path):
                kind = route.kind
                return Route(method=method, template=route.template, kind=kind)
        return Route(method=method, template="(unknown)")

    def methods(self, path: str) -> list[str]:
        """What a path takes; nothing for an unknown one."""
        return [
            route.method for pattern, route in self._routes if pattern.fullmatch(path)
        ]


def _to_pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)))
