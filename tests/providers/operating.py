"""What plugins offer to do, each with what it takes, over an upstream that answers anything."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from gateway.plugin import (
    Access,
    AnswerOperation,
    Http,
    HttpAnswer,
    HttpCall,
    JobOperation,
    JsonBody,
    JsonInput,
    Operates,
    Operation,
    Photo,
    PhotoInput,
    Plugin,
    Sheet,
    SheetInput,
)
from gateway.plugin.errors import Fault
from gateway.plugin.operations import Sent
from gateway.settings.reading.conversion import to_struct
from gateway.settings.reading.places import PointerPlace
from providers.avatar import PLUGIN as AVATAR
from providers.hyper3d import PLUGIN as HYPER3D
from providers.piktid import PLUGIN as PIKTID
from tests.providers.scripted_http import ScriptedHttp
from tests.providers.stand import CREDENTIAL

PLUGINS = (HYPER3D, AVATAR, PIKTID)
PICTURE = b"\x89PNG\r\n\x1a\n"


class SameAnswer:
    """An upstream that answers every call alike: a 200's body, or an error to raise."""

    def __init__(self, answer: bytes | Exception) -> None:
        self._answer = answer
        self.calls: list[HttpCall] = []

    async def send(self, call: HttpCall) -> HttpAnswer:
        self.calls.append(call)
        if isinstance(self._answer, Exception):
            raise self._answer
        return HttpAnswer(status=200, headers={}, body=self._answer)


class Offer(Struct, frozen=True, kw_only=True):
    """One operation of a plugin, by its name: each test has it call its own upstream."""

    plugin: Plugin
    name: str

    def __str__(self) -> str:
        return f"{self.plugin.name}-{self.name}"

    def over(self, http: Http) -> Any:
        """Return the operation, of whichever kind."""
        (found,) = (
            one for one in to_operations(self.plugin, http) if one.name == self.name
        )
        return found

    @property
    def access(self) -> Access:
        credential = msgspec.convert(
            CREDENTIAL[self.plugin.name], self.plugin.credential
        )
        return Access(credential=credential, token="abc")  # noqa: S106  # no real one

    async def run(self, http: Http) -> Any:
        operation = self.over(http)
        return await operation.run(self.access, to_sent(operation))


def to_operations(plugin: Plugin, http: Http) -> Sequence[Operation]:
    provider = plugin.create("studio", plugin.settings(), http)
    return provider.operations if isinstance(provider, Operates) else ()


def to_offers(*plugins: Plugin) -> Iterator[Offer]:
    for plugin in plugins:
        for operation in to_operations(plugin, ScriptedHttp()):
            yield Offer(plugin=plugin, name=operation.name)


def to_known(struct: type[Struct], example: object) -> tuple[Any, list[Fault]]:
    """Read an example as a body is read; no field of it may be unknown."""
    faults: list[Fault] = []
    decoded = msgspec.json.decode(msgspec.json.encode(example))
    return to_struct(struct, decoded, PointerPlace(faults)), faults


def to_sent(operation: Operation) -> Sent:
    """Return what the operation takes, by its own example where it has one."""
    match operation.input:
        case JsonInput(type=struct, example=example):
            known, faults = to_known(struct, example)
            assert not faults
            return JsonBody(known=known, raw=msgspec.Raw(msgspec.json.encode(example)))
        case PhotoInput(media_types=media_types):
            assert "image/png" in media_types
            return Photo(content=PICTURE, media_type="image/png")
        case SheetInput():
            return Sheet(rows=(), content=b"PK", filename="sheet.xlsx")
        case None:
            return None


OFFERS = tuple(to_offers(*PLUGINS))


def _of(is_wanted: Callable[[Operation], bool]) -> pytest.MarkDecorator:
    wanted = [offer for offer in OFFERS if is_wanted(offer.over(ScriptedHttp()))]
    return pytest.mark.parametrize("offer", wanted, ids=str)


EACH = _of(lambda _: True)
READING = _of(lambda operation: operation.is_reading)
OF_ANSWERS = _of(lambda operation: isinstance(operation, AnswerOperation))
OF_JOBS = _of(lambda operation: isinstance(operation, JobOperation))
