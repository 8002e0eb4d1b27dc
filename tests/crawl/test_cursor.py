import base64
import re
import string
import zlib

import pytest
from hypothesis import given, strategies as st

from gateway.crawl.cursor import Crawl, CursorSealer
from gateway.crawl.lane import LaneOutcome, Standing
from gateway.crawl.position import ANCHORS, Position
from gateway.plugin.errors import ExpiredCursorError, InvalidCursorError
from gateway.plugin.times import LATEST

OLD, NEW = b"o" * 32, b"n" * 32
SEALER = CursorSealer([OLD])
BINDING = b"acme, everything"
KEY = "2025-03-02T08:00:00.000Z"
SPELLING = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"

keys = st.sampled_from([KEY, LATEST]) | st.text(max_size=24)
page_keys = st.integers(-(2**63), 2**64 - 1) | st.text(max_size=40)
places = st.builds(
    Position,
    page=page_keys,
    anchors=st.binary(max_size=6 * ANCHORS),
    key=keys,
    mark=st.none() | keys,
)
standings = st.builds(
    Standing,
    provider=st.from_regex(r"[a-z0-9_-]{1,16}", fullmatch=True),
    outcome=st.sampled_from(LaneOutcome),
    place=st.none() | places,
)
crawls = st.builds(
    Crawl,
    standings=st.lists(standings, max_size=4).map(tuple),
    frontier=st.none() | keys,
)


def to_full_standing(provider: str, page: int | str) -> Standing:
    place = Position(page, bytes(range(6 * ANCHORS)), KEY, KEY)
    return Standing(provider, LaneOutcome.OPEN, place)


CRAWL = Crawl((to_full_standing("hyper3d", 7), Standing("piktid")), KEY)
TEXT = SEALER.seal(CRAWL, BINDING)


def is_refused(text: str, binding: bytes = BINDING) -> bool:
    try:
        SEALER.open(text, binding)
    except (InvalidCursorError, ExpiredCursorError):
        return True
    return False


@given(crawls, st.binary(max_size=20))
def test_any_crawl_comes_back(crawl: Crawl, binding: bytes) -> None:
    text = SEALER.seal(crawl, binding)

    assert re.fullmatch(r"[A-Za-z0-9_-]+", text)
    assert SEALER.open(text, binding) == crawl


@given(crawls)
def test_a_crawl_has_one_spelling(crawl: Crawl) -> None:
    texts = {CursorSealer([OLD, NEW]).seal(crawl, BINDING) for _ in range(3)}

    assert texts == {SEALER.seal(crawl, BINDING)}


@given(st.sampled_from(range(len(TEXT))), st.sampled_from(SPELLING))
def test_any_changed_character_is_refused(index: int, character: str) -> None:
    changed = TEXT[:index] + character + TEXT[index + 1 :]

    assert is_refused(changed) is (changed != TEXT)


def test_every_position_is_guarded() -> None:
    for index, character in enumerate(TEXT):
        place = SPELLING.index(character)
        for other in (SPELLING[place ^ 1], SPELLING[place ^ 32]):
            with pytest.raises(InvalidCursorError):
                SEALER.open(TEXT[:index] + other + TEXT[index + 1 :], BINDING)


def test_every_truncation_is_refused() -> None:
    for length in range(len(TEXT)):
        with pytest.raises(InvalidCursorError):
            SEALER.open(TEXT[:length], BINDING)
        with pytest.raises(InvalidCursorError):
            SEALER.open(TEXT[length + 1 :], BINDING)


@given(st.text(alphabet=SPELLING, min_size=1))
def test_every_extension_is_refused(more: str) -> None:
    for text in (TEXT + more, more + TEXT):
        with pytest.raises(InvalidCursorError):
            SEALER.open(text, BINDING)


@given(st.integers(0, 5), st.data())
def test_only_one_spelling_of_the_same_bytes_opens(
    count: int, data: st.DataObject
) -> None:
    crawl = Crawl((Standing("p" * (1 + count)),))
    text = SEALER.seal(crawl, BINDING)
    spare = -len(text) % 4 * 2
    bits = data.draw(st.integers(0, 2**spare - 1))

    last = SPELLING[SPELLING.index(text[-1]) | bits]
    variant = text[:-1] + last

    assert is_refused(variant) is (variant != text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "A",
        "0",
        "null",
        TEXT + "=",
        TEXT + "==",
        TEXT + "\n",
        " " + TEXT,
        TEXT.replace("-", "+").replace("_", "/") + "/",
        TEXT[:9] + "\0" + TEXT[10:],
        TEXT[:9] + "é" + TEXT[10:],
        TEXT[:9] + "\ud83d" + TEXT[10:],
        TEXT[:9] + "Ａ" + TEXT[10:],  # noqa: RUF001  # a letter, but not of ASCII
        TEXT * 2,
        "A" * 50_000,
        TEXT * 200,
    ],
)
def test_what_is_not_spelt_like_a_cursor_is_invalid(text: str) -> None:
    with pytest.raises(InvalidCursorError):
        SEALER.open(text, BINDING)


def test_the_other_alphabet_of_base64_is_invalid() -> None:
    texts = [SEALER.seal(Crawl((), str(number)), BINDING) for number in range(50)]

    others = {text.translate(str.maketrans("-_", "+/")) for text in texts}

    assert others - set(texts)
    assert all(is_refused(other) for other in others - set(texts))


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_at_all_is_refused(text: str) -> None:
    assert is_refused(text)


@given(st.text(alphabet=SPELLING, max_size=200))
def test_any_text_of_the_alphabet_is_refused(text: str) -> None:
    assert is_refused(text)


@given(crawls, st.binary(max_size=20), st.binary(max_size=20))
def test_another_binding_is_invalid(crawl: Crawl, one: bytes, other: bytes) -> None:
    text = SEALER.seal(crawl, one)

    assert is_refused(text, other) is (one != other)


def test_another_binding_is_invalid_and_not_expired() -> None:
    with pytest.raises(InvalidCursorError):
        SEALER.open(TEXT, b"globex, everything")


def test_a_key_that_has_become_the_second_still_opens() -> None:
    rotated = CursorSealer([NEW, OLD])

    renewed = rotated.seal(CRAWL, BINDING)

    assert rotated.open(TEXT, BINDING) == CRAWL
    assert rotated.open(renewed, BINDING) == CRAWL
    assert renewed != TEXT
    assert renewed == CursorSealer([NEW]).seal(CRAWL, BINDING)


def test_a_cursor_of_a_forgotten_key_has_expired() -> None:
    with pytest.raises(ExpiredCursorError):
        CursorSealer([NEW]).open(TEXT, BINDING)


def test_a_garbled_cursor_of_a_forgotten_key_is_invalid() -> None:
    with pytest.raises(InvalidCursorError):
        CursorSealer([NEW]).open(TEXT[:20] + "AAAA" + TEXT[24:], BINDING)


def test_a_cursor_of_another_format_has_expired() -> None:
    content = base64.urlsafe_b64decode(TEXT + "=" * (-len(TEXT) % 4))
    framed = b"\x02" + content[1:-4]
    check = zlib.crc32(framed).to_bytes(4, "big")
    text = base64.urlsafe_b64encode(framed + check).decode().rstrip("=")

    with pytest.raises(ExpiredCursorError):
        SEALER.open(text, BINDING)


def test_a_cursor_that_holds_something_else_has_expired() -> None:
    other = Crawl((7,))  # type: ignore[arg-type]  # as another version may write it
    text = SEALER.seal(other, BINDING)

    with pytest.raises(ExpiredCursorError):
        SEALER.open(text, BINDING)


def test_nothing_in_a_cursor_can_be_read() -> None:
    texts = [
        SEALER.seal(Crawl((to_full_standing(name, 7),), KEY), BINDING)
        for name in ("hyper3d", "another")
    ]

    shared = [a == b for a, b in zip(*texts, strict=True)]

    assert sum(shared) < len(shared) / 4


def test_three_providers_with_full_anchors_fit_in_1024_characters() -> None:
    names = ("a" * 16, "b" * 16, "c" * 16)
    crawl = Crawl(tuple(to_full_standing(name, 2**63) for name in names), KEY)

    text = SEALER.seal(crawl, BINDING)

    assert len(text) <= 1024
    assert SEALER.open(text, BINDING) == crawl


def test_a_cursor_is_spelt_as_it_always_was() -> None:
    place = Position(7, bytes(range(6)), KEY, KEY)
    standings = (Standing("hyper3d", LaneOutcome.OPEN, place), Standing("piktid"))

    assert SEALER.seal(Crawl(standings, KEY), b"acme, everything") == (
        "AeT8-OMm0aJD5AJ6FjpZB3jvRL-yq29HHl3Uus5h08ZN1B_Ux9QPhp2pryzPOI8rKMYtjTnTdasN8a"
        "F2Y7T4uC0qL4ocRbCEfRvufLPWSJ-MmfjwTWovAvkt54NdZuDxfQGFf4SFpV2Tw6j7igwkW9Z_9pLH"
        "2smAsKgS25DHg1Cxzpdm"
    )
