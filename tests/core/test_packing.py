import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway.core.packing import unpack
from gateway.core.page import Page
from gateway.core.place import Place
from gateway.service.addresses import Sighting
from gateway.service.facts import Known
from gateway.service.tombstones import Tombs

KINDS = (Page, Place, Sighting, Known, Tombs)


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
