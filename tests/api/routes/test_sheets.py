"""A catalogue of clothes, sent through the gateway: wholly right, or not at all."""

import httpx
import pytest

from tests.adapters.sheets.books import (
    COAT,
    HEADINGS,
    locked_xlsx,
    of_rows,
    to_xls,
    to_xlsx,
)
from tests.api.world import OPERATOR, World, assert_problem

ROUTE = "POST /upload_clothes"
FIRST = {"url": "https://example.com/1", "name": "?"}


def upload(world: World, content: bytes) -> httpx.Response:
    return world.operate("upload_clothes", content=content)


def calls(world: World) -> int:
    counted: int = world.ask("avatar")["calls"].get(ROUTE, 0)
    return counted


def pointers(answer: httpx.Response) -> list[str]:
    problem = assert_problem(answer, 400, "invalid-parameter")
    return [error["pointer"] for error in problem["errors"]]


def garment(number: int, **cells: object) -> tuple[object, ...]:
    row = dict(zip(HEADINGS, COAT, strict=True)) | {"URL": f"https://x/{number}"}
    return tuple((row | cells).values())


@pytest.mark.parametrize("make", [to_xlsx, to_xls])
def test_a_right_sheet_replaces_the_catalogue(own_world: World, make: object) -> None:
    assert callable(make)
    answer = upload(own_world, make([HEADINGS, COAT]))

    assert answer.status_code == 200, answer.text
    assert "uploaded" in answer.json()["message"]
    asked = {"url": COAT[0], "name": "?"}
    assert own_world.operate("get_clothes", asked).json()["sizes"] == ["S", "M"]
    old = own_world.operate("get_clothes", FIRST)
    assert_problem(old, 404, "not-found")


def test_a_sheet_may_come_in_a_form(own_world: World) -> None:
    sent = own_world.gateway.post(
        "/v1/providers/avatar/operations/upload_clothes",
        files={"file": ("any name", to_xls([HEADINGS, COAT]), "text/plain")},
        headers={"Authorization": f"Bearer {OPERATOR}"},
    )

    assert sent.status_code == 200, sent.text


def test_every_fault_is_told_and_nothing_is_sent(own_world: World) -> None:
    wrong = [
        garment(2),
        garment(3, Gender=None, Sizes=38),
        garment(4),
        garment(5, **{"Colors Hex": "#FF0000,blue"}),
        garment(2),
    ]

    answer = upload(own_world, to_xlsx([HEADINGS, *wrong]))

    assert pointers(answer) == [
        "/rows/3/Gender",
        "/rows/3/Sizes",
        "/rows/5/Colors Hex",
        "/rows/6/URL",
    ]
    assert calls(own_world) == 0
    assert own_world.operate("get_clothes", FIRST).status_code == 200


def test_of_many_faults_the_first_hundred_are_told(own_world: World) -> None:
    rows = [garment(number, Name=None) for number in range(150)]

    found = pointers(upload(own_world, to_xlsx([HEADINGS, *rows])))

    assert found == [f"/rows/{row}/Name" for row in range(2, 102)]


@pytest.mark.parametrize(
    "content",
    [
        b"URL,Brand",
        b"PK\x03\x04",
        to_xlsx([HEADINGS])[:900],
        locked_xlsx(),
        of_rows(100_001),
        to_xlsx([HEADINGS]),
    ],
    ids=["text", "a zip's beginning", "half", "locked", "too many rows", "no garment"],
)
def test_a_sheet_that_is_wrong_as_a_whole_is_told(
    own_world: World, content: bytes
) -> None:
    assert pointers(upload(own_world, content)) == [""]
    assert calls(own_world) == 0
