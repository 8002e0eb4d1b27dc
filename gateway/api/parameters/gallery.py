"""The parameters of the gallery's pages and items, providers' own filters included."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from gateway.api.parameters.parameter import (
    Parameter,
    choice,
    choices,
    moment,
    opaque,
    to_expected,
    whole,
    words,
)
from gateway.api.parameters.reading import read_query
from gateway.plugin.model import KINDS, STATUSES
from gateway.plugin.provider import Plugin
from gateway.plugin.query import SEARCHED_CHARACTERS, Query

_SEARCHED = f"of each the first {SEARCHED_CHARACTERS:,} characters"
INCLUDE = choices("include", "`native`: the upstream's own fields", ("native",))


class GalleryParameters(Struct, frozen=True, kw_only=True):
    """What the query of `GET /v1/gallery` says."""

    query: Query
    limit: int = 24
    cursor: str | None = None
    assets_limit: int = 4
    has_native: bool = False
    needs_all: bool = False


def to_table(plugins: Mapping[str, Plugin]) -> Sequence[Parameter]:
    """Return the parameters of a page; `plugins` are the caller's providers by name."""
    return (
        whole("limit", "Items on a page", least=1, most=100, default=24),
        opaque("cursor", "`next_cursor` of the page before"),
        choices("provider", "Only items of these", tuple(plugins)),
        choices("kind", "Only items of these kinds", KINDS),
        choices("status", "Only items this far", STATUSES),
        words(
            "q", f"Words that all occur in title, prompt or a file name, {_SEARCHED}"
        ),
        moment("created_after", "Only items made then or later"),
        moment("created_before", "Only items made before then"),
        whole(
            "assets_limit", "Assets listed of each item", least=0, most=200, default=4
        ),
        INCLUDE,
        choice("require", "`all`: 503 unless every source answers", ("any", "all")),
        *(own for name, plugin in plugins.items() for own in _to_own(name, plugin)),
    )


def parse(raw: bytes, plugins: Mapping[str, Plugin]) -> GalleryParameters:
    """Read the query of a page; `plugins` are the caller's providers by name.

    Raises:
        InvalidParameterError: with every fault, each naming its parameter.
    """
    values = read_query(raw, to_table(plugins))
    query = Query(
        providers=values["provider"],
        kinds=values["kind"],
        statuses=values["status"],
        words=values["q"],
        created_after=values["created_after"],
        created_before=values["created_before"],
        filters=_to_filters(plugins, values),
    )
    return GalleryParameters(
        query=query,
        limit=values["limit"],
        cursor=values["cursor"],
        assets_limit=values["assets_limit"],
        has_native="native" in values["include"],
        needs_all=values["require"] == "all",
    )


def _to_filters(
    plugins: Mapping[str, Plugin], values: Mapping[str, Any]
) -> dict[str, Struct]:
    filters = {}
    for name, plugin in plugins.items():
        given = {
            field: value
            for field in plugin.filters.__struct_fields__
            if (value := values[f"{name}.{field}"]) is not msgspec.UNSET
        }
        if given:
            filters[name] = plugin.filters(**given)
    return filters


@lru_cache(maxsize=64)
def _to_own(provider: str, plugin: Plugin) -> tuple[Parameter, ...]:
    """Return a provider's own filters; a list is a repeatable parameter."""
    return tuple(
        _to_filter(f"{provider}.{field.name}", plugin.title, field.type)
        for field in msgspec.structs.fields(plugin.filters)
    )


def _to_filter(name: str, title: str, annotation: Any) -> Parameter:
    schema = msgspec.json.schema(annotation)
    described = schema.pop("description", "")
    single = schema.get("items", schema)

    def read(given: Any) -> Any:
        try:
            return msgspec.convert(given, annotation, strict=False)
        except msgspec.ValidationError as error:
            known = single.get("enum")
            raise ValueError(to_expected(known) if known else str(error)) from error

    return Parameter(
        name=name,
        description=f"{title}'s own. {described}".rstrip(),
        schema=single,
        read=read,
        default=msgspec.UNSET,
        repeats=_is_repeatable(annotation),
    )


def _is_repeatable(annotation: Any) -> bool:
    kind = msgspec.inspect.type_info(annotation)
    if isinstance(kind, msgspec.inspect.Metadata):
        kind = kind.type
    return isinstance(
        kind,
        msgspec.inspect.VarTupleType
        | msgspec.inspect.ListType
        | msgspec.inspect.SetType
        | msgspec.inspect.FrozenSetType,
    )
