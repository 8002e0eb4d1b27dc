import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway.crawl.page import Page
from gateway.crawl.position import Position
from gateway.media.facts import Known
from gateway.plugin.model import GalleryItem
from gateway.plugin.provider import Entry, Media
from gateway.ports.packing import pack_page, unpack, unpack_page
from gateway.sightings.addresses import Sighting
from gateway.sightings.tombstones import Tombs

KINDS = (Page, Position, Sighting, Known, Tombs)


@pytest.mark.parametrize("kind", KINDS)
@given(packed=st.binary(max_size=200))
def test_whatever_is_kept_is_of_its_kind_or_nothing(kind: type, packed: bytes) -> None:
    found = unpack(packed, kind)

    if found is not None:
        again = msgspec.msgpack.encode(found)
        assert unpack(again, kind) == found


@pytest.mark.parametrize(
    "packed",
    [
        b"\x94\x01\xc4\x00\xa1\xff\xc0",  # text that is no UTF-8, in its place
        b"\xa1\xff",
        b"\x91" * 10_000,
        b"",
        None,
    ],
)
def test_garbage_is_nothing(packed: bytes | None) -> None:
    assert [unpack(packed, kind) for kind in KINDS] == [None] * len(KINDS)


@given(packed=st.binary(max_size=200))
def test_whatever_is_kept_as_a_page_is_one_or_nothing(packed: bytes) -> None:
    found = unpack_page(packed)

    assert found is None or unpack_page(pack_page(found)) == found


@pytest.mark.parametrize("count", [0, 1, 100, 3_000])
def test_a_page_of_any_length_is_read_back_as_it_was(count: int) -> None:
    def to_entry(number: int) -> Entry:
        item = GalleryItem(
            id=f"a:{number}",
            provider="a",
            kind="image",
            status="ready",
            prompt="words " * 50,
        )
        return Entry(item.id, item, (Media("0", "/{id}"),))

    page = Page(
        entries=tuple(map(to_entry, range(count))),
        is_last=False,
        total=count,
        predecessor="a:0",
        asked_at=1.0,
        received_at=2.0,
        held=7,
    )

    packed = pack_page(page)

    assert unpack_page(packed) == page
    for cut in (1, len(packed) // 2):
        assert unpack_page(packed[:-cut]) is None
