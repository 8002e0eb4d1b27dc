import base64
import re
import string

import pytest
from hypothesis import given, strategies as st

from gateway.sealing.sealer import Binding, ForgedTextError, Sealer, UnknownSealError

OLD, NEW = b"o" * 32, b"n" * 32
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
MOST = 400
contents = st.binary(max_size=100)
bindings = st.none() | st.binary(max_size=20)


def make(*keys: bytes, purpose: bytes = b"test", has_checksum: bool = False) -> Sealer:
    return Sealer(keys, purpose, most_characters=MOST, has_checksum=has_checksum)


PLAIN, CHECKED = make(OLD), make(OLD, has_checksum=True)
sealers = st.sampled_from([PLAIN, CHECKED])


def is_refused(sealer: Sealer, text: str, binding: Binding = None) -> bool:
    try:
        sealer.open(text, binding)
    except (ForgedTextError, UnknownSealError):
        return True
    return False


@given(contents, bindings, sealers)
def test_any_content_comes_back_from_url_safe_text(
    content: bytes, binding: bytes | None, sealer: Sealer
) -> None:
    text = sealer.seal(content, binding)

    assert re.fullmatch(r"[A-Za-z0-9_-]+", text)
    assert sealer.open(text, binding) == content
    assert sealer.seal(content, binding) == text


@given(contents, bindings, bindings, sealers)
def test_another_binding_is_refused(
    content: bytes, one: bytes | None, other: bytes | None, sealer: Sealer
) -> None:
    text = sealer.seal(content, one)

    assert is_refused(sealer, text, other) is (one != other)


@given(contents, sealers, st.data())
def test_any_changed_character_is_refused(
    content: bytes, sealer: Sealer, data: st.DataObject
) -> None:
    text = sealer.seal(content)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from(ALPHABET) | st.characters())
    changed = text[:place] + letter + text[place + 1 :]

    assert is_refused(sealer, changed) is (changed != text)


@given(contents, sealers)
def test_content_has_one_valid_spelling(content: bytes, sealer: Sealer) -> None:
    text = sealer.seal(content)
    last = ALPHABET.index(text[-1])
    others = {text[:-1] + ALPHABET[last ^ bits] for bits in range(1, 16)}
    padding = "=" * (-len(text) % 4)
    others |= {text + "=", text + padding + "=", text + "\n", " " + text, text + "\0"}
    others |= {text + padding, text.translate(str.maketrans("-_", "+/"))} - {text}

    assert all(is_refused(sealer, other) for other in others)


@given(contents, sealers)
def test_whatever_is_cut_off_or_put_on_is_refused(
    content: bytes, sealer: Sealer
) -> None:
    text = sealer.seal(content)

    assert all(is_refused(sealer, text[:length]) for length in range(len(text)))
    assert all(is_refused(sealer, text[length:]) for length in range(1, len(text)))
    assert all(is_refused(sealer, text + more) for more in ("A", "AA", "AAA", text))


@given(
    st.text(st.characters(exclude_categories=())) | st.text(ALPHABET, max_size=120),
    sealers,
)
def test_any_text_is_refused(text: str, sealer: Sealer) -> None:
    assert is_refused(sealer, text)


@given(st.binary(max_size=120))
def test_any_bytes_in_the_frame_of_a_known_key_are_forged(content: bytes) -> None:
    sealer = PLAIN
    frame = _unspell(sealer.seal(b""))[:5]

    with pytest.raises(ForgedTextError):
        sealer.open(_spell(frame + content))


def test_text_of_one_purpose_never_opens_for_another() -> None:
    text = make(OLD, purpose=b"one").seal(b"content")

    assert is_refused(make(OLD, purpose=b"another"), text)


def test_what_is_longer_than_the_bound_is_forged() -> None:
    text = make(OLD).seal(bytes(MOST))

    with pytest.raises(ForgedTextError):
        make(OLD).open(text)


def test_an_older_key_opens_until_it_is_forgotten() -> None:
    text = make(OLD).seal(b"content")

    assert make(NEW, OLD).open(text) == b"content"
    assert make(NEW, OLD).seal(b"content") == make(NEW).seal(b"content") != text
    with pytest.raises(UnknownSealError):
        make(NEW).open(text)


def test_another_format_is_not_known() -> None:
    framed = _unspell(make(OLD).seal(b"content"))

    with pytest.raises(UnknownSealError):
        make(OLD).open(_spell(b"\x02" + framed[1:]))


def test_a_checksum_tells_what_is_garbled_from_what_a_forgotten_key_sealed() -> None:
    text = make(OLD, has_checksum=True).seal(b"content")
    garbled = text[:12] + ("A" if text[12] != "A" else "B") + text[13:]

    with pytest.raises(UnknownSealError):
        make(NEW, has_checksum=True).open(text)
    with pytest.raises(ForgedTextError):
        make(NEW, has_checksum=True).open(garbled)


def test_several_bindings_are_one_for_each_key_in_their_order() -> None:
    text = make(OLD).seal(b"content", [b"by the old"])

    assert make(NEW, OLD).open(text, [b"by the new", b"by the old"]) == b"content"
    assert make(OLD, OLD, NEW).open(text, [b"by the old", b"by the new"]) == b"content"
    assert is_refused(make(NEW, OLD), text, [b"by the old", b"by the new"])


def _unspell(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _spell(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
