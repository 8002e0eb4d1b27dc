"""What every plugin says of its operations: names, kinds, examples and schemas."""

import re

import msgspec
import pytest

from gateway.api.routes.providers import to_schema
from gateway.plugin import JobOperation, JsonInput, Plugin
from tests.providers.operating import (
    EACH,
    OF_ANSWERS,
    OFFERS,
    PLUGINS,
    Offer,
    to_known,
    to_operations,
)
from tests.providers.scripted_http import ScriptedHttp

NAME = re.compile(r"[a-z][a-z0-9_]*")


def test_there_are_some() -> None:
    assert OFFERS


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_names_are_unique_and_fit_addresses_and_identifiers(plugin: Plugin) -> None:
    names = [one.name for one in to_operations(plugin, ScriptedHttp())]

    assert len(set(names)) == len(names)
    assert all(map(NAME.fullmatch, names))


@EACH
def test_an_operation_says_what_it_is(offer: Offer) -> None:
    operation = offer.over(ScriptedHttp())

    assert operation.title
    assert operation.description.endswith(".")
    assert operation.method in {"GET", "POST"}
    if operation.method == "GET":
        assert operation.is_reading
        assert operation.input is None
    if operation.is_reading:
        assert operation.scope == "account:read"
        assert not isinstance(operation, JobOperation)
    else:
        assert operation.scope != "account:read"


@EACH
def test_the_example_of_an_input_is_a_good_body(offer: Offer) -> None:
    wanted = offer.over(ScriptedHttp()).input

    if isinstance(wanted, JsonInput):
        known, faults = to_known(wanted.type, wanted.example)
        assert wanted.example
        assert faults == []
        assert isinstance(known, wanted.type)


@OF_ANSWERS
def test_the_example_of_an_answer_is_a_good_one(offer: Offer) -> None:
    operation = offer.over(ScriptedHttp())

    known, faults = to_known(operation.output, operation.example)

    assert operation.example
    assert faults == []
    assert isinstance(known, operation.output)


@EACH
def test_what_it_takes_and_gives_can_be_described(offer: Offer) -> None:
    operation = offer.over(ScriptedHttp())
    described = [getattr(operation.input, "type", None)]
    described.append(getattr(operation, "output", None))

    for struct in filter(None, described):
        schema = to_schema(struct)
        assert schema["type"] == "object"
        assert schema["properties"]
        assert msgspec.json.encode(schema)
