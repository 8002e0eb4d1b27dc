"""Whatever the file holds: settings or a `SettingsError`, and never a secret in it."""

import copy
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings, strategies as st

from gateway.plugin.errors import SettingsError
from gateway.settings import load
from tests.settings.documents import PLUGINS, SECRETS, document, to_toml

Way = tuple[str | int, ...]

KEYS = st.sampled_from(["name", "plugin", "token", "email", "port", "url", "x y", ""])
LEAVES = st.one_of(
    st.sampled_from([*SECRETS, "", "${X}", "${", "acme", "hyper3d", "https://a"]),
    st.text(max_size=20),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.times(),
    st.datetimes(),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
    max_leaves=5,
)


def _ways(inner: object, way: Way = ()) -> Iterator[Way]:
    if isinstance(inner, dict):
        steps: list[tuple[str | int, object]] = list(inner.items())
    elif isinstance(inner, list):
        steps = list(enumerate(inner))
    else:
        return
    for step, value in steps:
        yield (*way, step)
        yield from _ways(value, (*way, step))


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """Replace, remove, add and move values of the valid document at random."""
    whole = copy.deepcopy(document())
    for _ in range(draw(st.integers(1, 4))):
        ways = list(_ways(whole))
        if not ways:
            break
        *way, last = draw(st.sampled_from(ways))
        inner: Any = whole
        for step in way:
            inner = inner[step]
        change = draw(st.sampled_from(["replace", "remove", "add"]))
        if change == "replace":
            inner[last] = draw(VALUES)
        elif change == "remove":
            del inner[last]
        elif isinstance(inner, dict):
            inner[draw(KEYS)] = draw(VALUES)
        else:
            inner.append(copy.deepcopy(inner[last]))
    return whole


def _assert_loads_or_tells(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "gateway.toml"
        path.write_bytes(content)
        try:
            load(path, PLUGINS, {})
        except SettingsError as error:
            told = str(error)
        else:
            return
    assert told
    assert not [secret for secret in SECRETS if secret in told]


@given(whole=mutated())
@settings(max_examples=400, deadline=None)
def test_any_change_of_a_good_document_loads_or_is_told(whole: dict[str, Any]):
    _assert_loads_or_tells(to_toml(whole).encode())


@given(
    start=st.integers(0, 3000), length=st.integers(1, 60), filler=st.binary(max_size=3)
)
@settings(max_examples=300, deadline=None)
def test_any_damage_to_a_good_file_loads_or_is_told(
    start: int, length: int, filler: bytes
):
    content = to_toml(document()).encode()

    _assert_loads_or_tells(content[:start] + filler + content[start + length :])


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(deadline=None)
def test_any_bytes_at_all_load_or_are_told(content: bytes):
    _assert_loads_or_tells(content)
