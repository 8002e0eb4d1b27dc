"""Documented payloads, and the ways in which an upstream may bend them."""

import copy
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import msgspec
from hypothesis import strategies as st

from gateway.plugin.model import GalleryItem

Path = tuple[str | int, ...]

ITEM_ID = re.compile(r"[a-z0-9_-]+:[A-Za-z0-9._~-]+")
EMAIL = re.compile(r"[^\s\"@]+@[^\s\"@]+\.[^\s\"@]+")

_MISSING = object()
_VALUES = st.one_of(
    st.just(_MISSING),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.emails(),
    st.emails().map("by {} for you".format),
    st.sampled_from(["", " ", "Unheard-of", "9999-12-31T23:59:59-05:00", 10**400]),
    st.lists(st.emails(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.emails(), max_size=2),
    st.sampled_from(["http://cdn.example.com/a?sig=1", "2025-01-01T00:00:00+02:00"]),
)


def load(provider: str) -> Any:
    """The document's own example of a list's answer."""
    sample = files(f"providers.{provider}") / "samples" / "list.json"
    return msgspec.json.decode(sample.read_bytes())


def to_raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(_to_spelling(value)))


def to_json(item: GalleryItem) -> str:
    return msgspec.json.encode(item).decode()


def mutations(document: Any) -> st.SearchStrategy[Any]:
    """The document with up to five of its values replaced, gone, or made up."""
    paths = [*_paths(document), ("unheard-of",)]
    change = st.tuples(st.sampled_from(paths), _VALUES)
    changes = st.lists(change, min_size=1, max_size=5)
    return changes.map(lambda changes: _change(document, changes))


def with_every_text(document: Any, text: str) -> Any:
    """The document with one text in place of each of its texts and nulls."""
    match document:
        case dict():
            return {k: with_every_text(v, text) for k, v in document.items()}
        case list():
            return [with_every_text(v, text) for v in document]
        case str() | None:
            return text
        case _:
            return document


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    match value:
        case dict():
            members = list(value.items())
        case list():
            members = list(enumerate(value))
        case _:
            return
    for key, member in members:
        yield (*path, key)
        yield from _paths(member, (*path, key))


def _change(document: Any, changes: list[tuple[Path, object]]) -> Any:
    changed = copy.deepcopy(document)
    for path, value in changes:
        _put(changed, path, value)
    return changed


def _put(container: Any, path: Path, value: object) -> None:
    *way, last = path
    try:
        for key in way:
            container = container[key]
        if value is _MISSING:
            del container[last]
        else:
            container[last] = value
    except (KeyError, IndexError, TypeError):
        return  # an earlier change has taken the place away


def _to_spelling(value: object) -> object:
    """Huge whole numbers, which JSON may hold, as the text of themselves."""
    match value:
        case dict():
            return {key: _to_spelling(member) for key, member in value.items()}
        case list():
            return [_to_spelling(member) for member in value]
        case int() if not -(2**63) <= value < 2**64:
            return msgspec.Raw(str(value).encode())
        case _:
            return value
