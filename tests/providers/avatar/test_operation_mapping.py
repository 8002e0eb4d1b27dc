"""Avatar's other answers to ours: refusals, tasks, what they made, and garments."""

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway.plugin import MisbehavedError, to_item_id
from providers.avatar.bodies import Garment, Message, TaskState
from providers.avatar.examples import GARMENT
from providers.avatar.mapping import (
    to_failure,
    to_garment,
    to_made,
    to_message,
    to_polled,
    to_words,
)
from tests.providers.payloads import EMAIL, to_raw

TASK = "1738860389536"
PROGRESS = {0: "queued", 1: "processing", 2: "succeeded", 3: "failed"}

TEXTS = st.text(max_size=40)
STEPS = st.lists(st.sampled_from(["user_details", "skin_tone", 0, 12]), max_size=3)
WORDS = st.from_regex(r"[a-z]{1,9}( [a-z]{1,9}){0,4}", fullmatch=True)
ENTRIES = st.one_of(
    st.builds(lambda n: {"type": "image", "url": f"{TASK}-{n}"}, st.integers(1, 120)),
    st.sampled_from(
        [
            {"type": "image", "url": TASK},
            {"type": "video", "url": TASK},
            {"type": "image", "url": "173886038953"},
            {"type": "image", "url": f"{TASK}6"},
            {"type": "image", "url": f"{TASK}-"},
            {"type": "image", "url": f"{TASK}-1-2"},
            {"type": "image", "url": f"9{TASK}-1"},
            {"type": "image", "url": None},
            {"type": "image", "url": 7},
            {"source_url": f"https://cdn.example.com/{TASK}.jpg"},
            {},
            None,
            [TASK],
            TASK,
        ]
    ),
)


def to_json(value: object) -> bytes:
    return msgspec.json.encode(value)


# refusals


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("User not found", "User not found"),
        ("", None),
        (None, None),
        ([], None),
        (
            [
                {"type": "missing", "loc": ["body", "name"], "msg": "Field required"},
                {"loc": ["body", "user_details", "skin_tone"], "msg": "not a number"},
                {"loc": ["body"], "msg": "no JSON"},
            ],
            "name: Field required; user_details.skin_tone: not a number; no JSON",
        ),
        ("ask joe@example.com", "ask [e-mail]"),
        ("see https://example.com/a?token=7", "see [address]"),
    ],
)
def test_a_refusal_is_worded_as_the_service_words_it(
    detail: object, words: str | None
) -> None:
    assert to_words(to_json({"detail": detail})) == words


@given(st.lists(st.tuples(STEPS, WORDS), min_size=1, max_size=4))
def test_each_fault_is_told_with_its_place(
    faults: list[tuple[list[str | int], str]],
) -> None:
    told = [{"loc": ["body", *steps], "msg": words} for steps, words in faults]

    words = to_words(to_json({"detail": told}))

    assert words is not None
    assert words.split("; ") == [
        ": ".join(filter(None, [".".join(map(str, steps)), words]))
        for steps, words in faults
    ]


@given(TEXTS, st.emails(), TEXTS)
def test_no_refusal_names_an_address(before: str, email: str, after: str) -> None:
    text = f"{before} {email} https://example.com/{email} {after}"
    fault = {"loc": ["body", email], "msg": text}

    for detail in (text, [fault, fault]):
        words = to_words(to_json({"detail": detail})) or ""
        assert not EMAIL.search(words)
        assert "://" not in words


def is_object(body: bytes) -> bool:
    """Tell whether it is JSON that a refusal may be in; hypothesis knows such bytes, too."""
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


@given(
    st.binary().filter(lambda body: not is_object(body))
    | st.sampled_from([b"[" * 100_000, b'{"detail": "\xed\xa0\x80"}'])
)
def test_what_is_no_refusals_json_has_no_words(body: bytes) -> None:
    assert to_words(body) is None
    assert to_failure(body) is None


# failures that an answer of 200 tells of


@given(st.integers(100, 599), st.text(max_size=20))
def test_a_status_told_in_an_answer_is_read(status: int, detail: str) -> None:
    body = to_json({"status_code": status, "detail": detail, "headers": None})

    failure = to_failure(body)

    assert failure is not None
    assert failure.status_code == status


@given(
    st.dictionaries(st.text(max_size=9), st.text(max_size=30), max_size=4)
    | st.fixed_dictionaries({"message": st.just('say "status_code": 500')})
)
def test_an_answer_without_a_status_tells_of_no_failure(answer: dict[str, str]) -> None:
    answer.pop("status_code", None)

    assert to_failure(to_json(answer)) is None


@pytest.mark.parametrize(
    "answer",
    [
        {"message": {"status_code": 500}},
        [{"status_code": 500}],
        {"status_code": "500"},
        {"status_code": None},
        {"filler": "x" * 5_000, "status_code": 500},
    ],
    ids=["inside", "in a list", "a text", "null", "far behind"],
)
def test_a_status_is_read_where_the_service_tells_it_alone(answer: object) -> None:
    failure = to_failure(to_json(answer))

    assert failure is None or failure.status_code is None


# tasks


@given(st.sampled_from(sorted(PROGRESS)), st.none() | st.integers(-3, 10**6))
def test_a_task_is_as_far_as_its_number_says(status: int, position: int | None) -> None:
    polled = to_polled(TaskState(status=status, position=position))

    is_waiting = status in {0, 1} and position is not None and position >= 0
    assert polled.progress == PROGRESS[status]
    assert polled.position == (position if is_waiting else None)
    assert (polled.error is not None) is (status == 3)


@given(st.integers().filter(lambda status: status not in PROGRESS))
def test_a_state_that_is_not_documented_is_misbehaviour(status: int) -> None:
    with pytest.raises(MisbehavedError):
        to_polled(TaskState(status=status))


@given(st.lists(ENTRIES, max_size=12))
def test_what_a_task_made_is_found_in_the_order_of_its_numbers(
    entries: list[Any],
) -> None:
    made = to_made("studio", TASK, [to_raw(entry) for entry in entries])

    urls = [one["url"] for one in entries if isinstance(one, dict) and "url" in one]
    own = [url for url in urls if re.fullmatch(rf"{TASK}(-[0-9]+)?", str(url))]
    own.sort(key=lambda url: int(url.removeprefix(TASK).removeprefix("-") or 0))
    assert made == tuple(to_item_id("studio", url) for url in own)


# messages and garments


@given(TEXTS, st.emails())
def test_no_message_names_an_address(text: str, email: str) -> None:
    said = to_message(Message(message=f"Account {email} has been created {text}"))

    assert not EMAIL.search(said.message or "")


def test_a_message_without_addresses_is_the_services_own() -> None:
    said = Message(message="Uploaded avatar successfully")

    assert to_message(said) == said
    assert to_message(Message()) == Message()


LISTS = st.lists(TEXTS, max_size=4).map(tuple)


@given(st.builds(Garment, colors=LISTS, sizes=LISTS, colors_hex=LISTS, name=TEXTS))
def test_a_garments_lists_are_trimmed_and_nothing_else_is_changed(
    found: Garment,
) -> None:
    garment = to_garment(found)

    assert garment.colors == tuple(color.strip() for color in found.colors)
    assert garment.sizes == tuple(size.strip() for size in found.sizes)
    assert garment.colors_hex == tuple(code.strip() for code in found.colors_hex)
    assert (garment.name, garment.brand) == (found.name, found.brand)
    assert to_garment(garment) == garment


def test_the_documented_garment_is_read_without_its_blank() -> None:
    documented = {**GARMENT, "colors": ["Red", " Blue", "Green"]}

    garment = to_garment(msgspec.convert(documented, Garment))

    assert msgspec.to_builtins(garment) == GARMENT | {
        name: tuple(GARMENT[name]) for name in ("colors", "sizes", "colors_hex")
    }
