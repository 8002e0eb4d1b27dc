"""The page about providers: its example of operations works as it is printed."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.plugin import (
    Access,
    Http,
    JsonBody,
    Operation,
    Polled,
    RefusedError,
    RejectedError,
)
from tests.providers.operating import SameAnswer, to_known, to_sent

README = Path(__file__).parents[2] / "providers" / "README.md"
ACCESS = Access(credential=None, token="abc")  # noqa: S106  # no real one
DRAWN = b'{"id": "d7", "picture": "p1"}'
FORGOTTEN = RejectedError("it answered 404", status=404)


@pytest.fixture(scope="module")
def printed() -> dict[str, Any]:
    """What the example defines."""
    section = README.read_text("utf-8").partition("## Offer operations")[2]
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert found is not None
    defined: dict[str, Any] = {"__name__": "printed"}
    exec(found[1], defined)  # noqa: S102  # what the page prints
    return defined


def to_operations(printed: dict[str, Any], http: Http) -> dict[str, Operation]:
    offered = printed["Operations"]("lumen", http).to_operations()
    return {operation.name: operation for operation in offered}


def job(printed: dict[str, Any], answer: bytes | Exception) -> Any:
    return to_operations(printed, SameAnswer(answer))["draw"]


async def test_its_answer_is_read(printed: dict[str, Any]) -> None:
    http = SameAnswer(b'{"left": 3, "holder": "joe@example.com"}')
    operation: Any = to_operations(printed, http)["credits"]

    made = await operation.run(ACCESS, to_sent(operation))

    assert made == printed["Credits"](left=3)
    assert [(c.method, c.path, c.token) for c in http.calls] == [
        ("GET", "/credits", "abc")
    ]
    assert to_known(operation.output, operation.example)[1] == []


async def test_its_job_is_submitted_as_it_was_sent(printed: dict[str, Any]) -> None:
    http = SameAnswer(b'{"id": "d7"}')
    operation = to_operations(printed, http)["draw"]
    sent = to_sent(operation)

    assert await operation.run(ACCESS, sent) == "d7"

    assert isinstance(sent, JsonBody)
    assert sent.known == printed["Prompt"](prompt="Waves at dusk")
    assert [(c.method, c.path, c.json) for c in http.calls] == [
        ("POST", "/drawings", sent.raw)
    ]
    assert msgspec.json.decode(sent.raw) == {"prompt": "Waves at dusk"}


@pytest.mark.parametrize(
    ("answer", "polled", "found"),
    [
        (b'{"id": "d7", "ahead": 2}', Polled(progress="queued", position=2), []),
        (DRAWN, Polled(progress="succeeded"), ["lumen:p1"]),
        (FORGOTTEN, None, []),
    ],
    ids=["waiting", "drawn", "forgotten"],
)
async def test_its_job_is_followed(
    printed: dict[str, Any],
    answer: bytes | Exception,
    polled: Polled | None,
    found: list[str],
) -> None:
    draw = job(printed, answer)

    assert await draw.poll(ACCESS, "d7") == polled
    assert await draw.find(ACCESS, "d7") == found


async def test_its_refusal_is_one(printed: dict[str, Any]) -> None:
    draw = job(printed, RejectedError("it answered 402", status=402))

    with pytest.raises(RefusedError) as caught:
        await draw.run(ACCESS, to_sent(draw))

    assert (caught.value.status, caught.value.detail) == (402, "no credits are left")
