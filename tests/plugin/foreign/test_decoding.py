import json
import re

import msgspec
import pytest
from hypothesis import given, strategies as st
from msgspec import Struct

from gateway.plugin.errors import MisbehavedError
from gateway.plugin.foreign.decoding import decode, decode_list, to_entries, translate
from gateway.plugin.model import GalleryItem, to_item_id
from gateway.plugin.provider import Entry


class Card(Struct, frozen=True, kw_only=True):
    id: str
    title: str | None = None


any_text = st.text(alphabet=st.characters(exclude_categories=()))
malformed = st.sampled_from(
    [b"null", b"3", b'"card"', b"{}", b'{"id":7}', b'{"id":[]}']
)
lists = st.lists(st.none() | malformed).map(
    lambda drawn: [raw or b'{"id":"%d"}' % place for place, raw in enumerate(drawn)]
)


def to_item(card: Card) -> GalleryItem:
    if card.id == "refused":
        raise ValueError("no such thing")
    return GalleryItem(
        id=to_item_id("a", card.id),
        provider="a",
        kind="image",
        status="ready",
        title=card.title,
    )


def read(*contents: bytes) -> tuple[Entry, ...]:
    return read_list(b"[" + b",".join(contents) + b"]")


def read_list(body: bytes) -> tuple[Entry, ...]:
    return to_entries(decode(body, list[msgspec.Raw]), Card, to_item)


def test_an_answer_of_the_expected_shape_is_decoded() -> None:
    card = decode(b'{"id":"1","new":{"a":[1]}}', Card)

    assert card == Card(id="1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{",
        b"[]",
        b'{"id":7}',
        b'{"id":"\\ud83d',
        b'{"id":"\\ud83d"]',
        b'{"id":"\\ud83d","title":7}',
        b'{"id":"\xff"}',
        b'{"id":"\\ud83d\\u00"}',
        b'{"id":"1","x":' + b"[" * 100_000,
    ],
)
def test_anything_else_has_misbehaved(body: bytes) -> None:
    with pytest.raises(MisbehavedError):
        decode(body, Card)


@given(st.binary())
def test_any_bytes_are_decoded_or_have_misbehaved(body: bytes) -> None:
    try:
        decode(body, Card)
    except MisbehavedError:
        return


@given(any_text)
def test_any_text_that_json_can_spell_is_read_with_its_halves_replaced(
    text: str,
) -> None:
    body = json.dumps({"id": "1", "title": text}).encode()

    card = decode(body, Card)

    assert card.title == re.sub("[\ud800-\udfff]", "\ufffd", to_joined(text))


def to_joined(text: str) -> str:
    """Join the halves that stand side by side: JSON cannot tell them from a pair."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    return encoded.decode("utf-16-le", "surrogatepass")


@pytest.mark.parametrize(
    ("spelt", "title"),
    [
        (rb"cut \ud83d", "cut \ufffd"),
        (rb"\uD83D", "\ufffd"),
        (rb"\ude00 low", "\ufffd low"),
        (rb"\ude00\ud83d turned", "\ufffd\ufffd turned"),
        (rb"\ud83d\ud83d\ude00", "\ufffd😀"),
        (rb"\ud83d\ud83d", "\ufffd\ufffd"),
        (rb"\ud83d\n\u0041", "\ufffd\nA"),
        (rb"\ud83d\\ude00", "\ufffd\\ude00"),
        (rb"\\ud83d and \ud83d", "\\ud83d and \ufffd"),
        (rb"\\\ud83d", "\\\ufffd"),
        (rb"\"\ud83d\"", '"\ufffd"'),
        ("ü\\ud83d".encode(), "ü\ufffd"),
    ],
)
def test_half_a_character_becomes_a_replacement(spelt: bytes, title: str) -> None:
    card = decode(b'{"id":"1","title":"%b"}' % spelt, Card)

    assert card.title == title


def test_text_without_a_half_is_taken_as_it_is() -> None:
    spelt = rb"\\ud83d \ud83d\ude00 \u00e9 \uffff"

    card = decode(b'{"id":"1","title":"%b"}' % spelt, Card)

    assert card.title == "\\ud83d 😀 é \uffff"


@pytest.mark.parametrize(
    "part", [rb"\ud83d", rb"\\", rb"\u", rb"\\ud83d", rb"\ud83d\\"]
)
def test_long_texts_are_mended_in_no_time(part: bytes) -> None:
    body = b'{"id":"1","title":"\\ud83d%b"' % (part * 300_000)

    with pytest.raises(MisbehavedError):
        decode(body, Card)


def test_one_half_of_a_character_costs_nothing_of_the_page() -> None:
    entries = read(b'{"id":"1","title":"\\ud83d"}', b'{"id":"2"}')

    assert [entry.id for entry in entries] == ["a:1", "a:2"]
    assert entries[0].item is not None
    assert entries[0].item.title == "\ufffd"


def test_an_entry_that_fails_keeps_its_place_without_item() -> None:
    entries = read(b'{"id":"1"}', b'{"id":"\xff"}', b'{"id":"refused"}', b'{"id":"2"}')

    assert [entry.item is None for entry in entries] == [False, True, True, False]


@given(lists)
def test_every_entry_keeps_its_place_under_an_id_of_its_own(
    contents: list[bytes],
) -> None:
    entries = read(*contents)

    assert len(entries) == len(contents) == len({entry.id for entry in entries})


@given(lists)
def test_the_same_page_gives_the_same_ids(contents: list[bytes]) -> None:
    assert read(*contents) == read(*contents)


@given(lists)
def test_a_malformed_entry_keeps_its_id_while_it_stands_behind_the_same(
    contents: list[bytes],
) -> None:
    behind = [b'{"id":"one"}', *contents]

    alone, pushed = read(*behind), read(b"null", b'{"id":"new"}', *behind)

    assert pushed[2:] == alone


def test_the_same_malformed_entry_behind_another_is_another_entry() -> None:
    first = read(b"null", b'{"id":"1"}', b"null")
    second = read(b"null", b'{"id":"2"}', b"null")

    ids = {entry.id for entry in (*first, *second)}

    assert len(ids) == 6


def test_the_id_of_a_malformed_entry_shows_nothing_of_it() -> None:
    (entry,) = read(b'"joe@example.com"')

    assert re.fullmatch("malformed:[0-9a-f]{24}", entry.id)


def test_more_entries_than_any_gallery_has_are_misbehaviour() -> None:
    body = b"[" + b",".join([b"0"] * 300_001) + b"]"

    with pytest.raises(MisbehavedError, match="entries"):
        read_list(body)


def test_what_would_be_more_entries_than_fit_is_not_even_parted() -> None:
    with pytest.raises(MisbehavedError, match="entries"):
        decode(b"[" + b"0," * 3_000_001 + b"0]", list[msgspec.Raw])


def test_an_entry_of_many_megabytes_keeps_its_place_without_item() -> None:
    body = b'[{"id":"1","title":"' + b"x" * 2**21 + b'"},{"id":"2"}]'

    first, second = read_list(body)

    assert first.item is None
    assert second.item is not None


def test_a_list_is_translated_when_it_is_looked_at() -> None:
    called: list[Card] = []

    def note(card: Card) -> GalleryItem:
        called.append(card)
        return to_item(card)

    raws = decode(b'[{"id":"1"},{"id":"2"}]', list[msgspec.Raw])
    translation = translate(raws, Card, note, arrange=lambda all_: all_[::-1])

    assert not called
    assert translation.weigh(10_000) > len(b'{"id":"1"}{"id":"2"}')
    assert [entry.id for entry in translation] == ["a:2", "a:1"]
    assert translation[0] == translation[-2]
    assert translation == read_list(b'[{"id":"2"},{"id":"1"}]')


def test_a_byte_order_mark_is_no_fault() -> None:
    assert decode(b'\xef\xbb\xbf{"id":"1"}', Card) == Card(id="1")


class Cards(Struct, frozen=True, kw_only=True):
    cards: list[msgspec.Raw]
    total: int | None = None


@pytest.mark.parametrize("total", ["2.0", '"2"', "[]", "NaN"])
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf"])
def test_what_a_list_tells_beside_it_costs_no_list(before: bytes, total: str) -> None:
    body = before + b'{"cards":[{"id":"1"}],"total":%b}' % total.encode()

    cards = decode_list(body, Cards)

    assert len(cards.cards) == 1
    assert cards.total == (2 if total == "2.0" else None)
    with pytest.raises(MisbehavedError):
        decode(body, Cards)


def test_a_malformed_field_that_is_not_needed_is_none() -> None:
    (entry,) = read(b'{"id":"1","title":[]}')

    assert entry.item is not None
    assert entry.item.title is None


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity"])
def test_what_is_no_number_costs_its_entry_alone(number: bytes) -> None:
    first, second, third = read(
        b'{"id":"1","title":"NaN \\" Infinity"}',
        b'{"id":"2","title":%b}' % number,
        b'{"id":"3"}',
    )

    assert first.item is not None
    assert first.item.title == 'NaN " Infinity'
    assert second.item is None
    assert third.item is not None
