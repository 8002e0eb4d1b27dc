import pytest
from hypothesis import given, strategies as st

from gateway.media.link import (
    Link,
    LinkSealer,
    Rendition,
    to_boundary,
    to_expiry,
    to_version,
)
from gateway.plugin.errors import ExpiredLinkError, ForgedLinkError

KEY, OLD = b"a signing key of at least 32 bytes", b"another one, which is older by now"
NOW = 1_700_000_000.0
RENDITIONS: tuple[Rendition, ...] = ("full", "preview", "thumbnail")
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
LINKS = st.builds(
    Link,
    TEXTS,
    st.binary(max_size=8),
    TEXTS,
    st.none() | TEXTS,
    TEXTS,
    st.sampled_from(RENDITIONS),
    st.binary(max_size=6),
    st.integers(int(NOW) + 1, 2**40),
)
LINK = Link("acme", bytes(8), "a:1", None, "0", "full", b"v", to_expiry(NOW))


@given(LINKS)
def test_a_link_opens_to_what_was_sealed_and_is_always_the_same(link: Link) -> None:
    sealer = LinkSealer([KEY])

    text = sealer.seal(link)

    assert sealer.open(text, NOW) == link
    assert sealer.seal(link) == text


@given(st.data())
def test_no_other_text_opens(data: st.DataObject) -> None:
    sealer = LinkSealer([KEY])
    text = sealer.seal(LINK)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters())
    tampered = text[:place] + letter + text[place + 1 :]

    if tampered != text:
        with pytest.raises(ForgedLinkError):
            sealer.open(tampered, NOW)


@given(st.text())
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(ForgedLinkError):
        LinkSealer([KEY]).open(text, NOW)


def test_a_link_of_an_older_key_opens_until_the_key_is_retired() -> None:
    text = LinkSealer([OLD]).seal(LINK)

    assert LinkSealer([KEY, OLD]).open(text, NOW) == LINK
    with pytest.raises(ForgedLinkError):
        LinkSealer([KEY]).open(text, NOW)


def test_a_link_is_spelt_as_it_always_was() -> None:
    link = Link("acme", bytes(8), "a:1", None, "0", "full", b"v", 1_700_000_000)

    assert LinkSealer([b"o" * 32]).seal(link) == (
        "AWxX8lCFyH_KEaqYx3xSg3W5K_1xTK4R2_WGacFisU5s6MDx0z8A2tclRLL-IlwV4iBj8qNcl63r"
    )


def test_a_link_expires_an_hour_after_its_boundary() -> None:
    sealer = LinkSealer([KEY])
    text = sealer.seal(LINK)

    assert sealer.open(text, LINK.expires_at - 1) == LINK
    with pytest.raises(ExpiredLinkError):
        sealer.open(text, LINK.expires_at)


@given(st.integers(0, 2**33))
def test_a_new_link_lasts_for_more_than_an_hour_and_at_most_thirteen(now: int) -> None:
    assert 3600 < to_expiry(now) - now <= 13 * 3600
    assert to_expiry(to_boundary(now) - 1) == to_expiry(now)


def test_a_version_does_not_change_with_a_signature() -> None:
    one = to_version("2026-01-01", "https://a.example/x.jpg?sig=1")

    assert one == to_version("2026-01-01", "https://a.example/x.jpg?sig=2")
    assert one != to_version("2026-01-02", "https://a.example/x.jpg")
    assert one != to_version("2026-01-01", "https://a.example/y.jpg")
