"""A JSON body's faults, all at once, each by its JSON pointer."""

from typing import Annotated

import msgspec
import pytest
from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.plugin.errors import Fault
from gateway.settings.reading.conversion import to_struct
from gateway.settings.reading.places import PointerPlace


class Part(Struct, frozen=True, kw_only=True):
    key: str
    value: float = 0.0


class Body(Struct, frozen=True, kw_only=True):
    name: str
    quality: Annotated[int, Meta(ge=1, le=100)] = 90
    parts: tuple[Part, ...] = ()
    note: str | None = None
    tint: str | UnsetType = UNSET


def convert(sent: object, *, is_open: bool = True) -> tuple[Body | None, list[Fault]]:
    faults: list[Fault] = []
    return to_struct(Body, sent, PointerPlace(faults, is_open=is_open)), faults


def test_every_fault_is_told_with_its_pointer() -> None:
    sent = {"quality": 0, "parts": [{"key": "a"}, {"key": 1}, {}, 7], "note": 3}

    body, faults = convert(sent)

    assert body is None
    assert {fault.where: fault.message for fault in faults} == {
        "/name": "missing; expected `str`",
        "/quality": "expected `int` >= 1",
        "/parts/1/key": "expected `str`, got `int`",
        "/parts/2/key": "missing; expected `str`",
        "/parts/3": "expected an object",
        "/note": "expected `str`, got `int`",
    }


def test_what_may_be_null_or_left_out_may() -> None:
    body, faults = convert({"name": "a", "note": None})

    assert not faults
    assert body == Body(name="a")


def test_null_is_a_fault_where_it_stands_for_nothing() -> None:
    _, faults = convert({"name": None, "tint": None})

    assert [fault.where for fault in faults] == ["/name", "/tint"]


def test_a_pointer_escapes_what_it_is_made_of() -> None:
    _, faults = convert({"name": "a", "a/b~c": 1}, is_open=False)

    assert [fault.where for fault in faults] == ["/a~1b~0c"]


def test_unknown_keys_pass_where_they_may() -> None:
    body, faults = convert({"name": "a", "else": 1})

    assert body == Body(name="a")
    assert not faults


@pytest.mark.parametrize("sent", [None, [], "text", 1])
def test_what_is_no_object_is_told_so(sent: object) -> None:
    _, faults = convert(sent)

    assert faults == [Fault(where="", message="expected an object")]


def test_a_whole_number_does_where_fractions_are_allowed() -> None:
    body, faults = convert(
        msgspec.json.decode(b'{"name":"a","parts":[{"key":"b","value":1}]}')
    )

    assert not faults
    assert body is not None
    assert body.parts[0].value == 1.0
