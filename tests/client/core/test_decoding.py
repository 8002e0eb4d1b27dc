"""What a later gateway adds is no error; what is no answer of its is one."""

import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway.client import GatewayError, Provider
from gateway.client.core.decoding import decode
from gateway.client.core.exchange import Reply
from gateway.plugin.model import Asset, Author, GalleryItem, GalleryPage, Progress
from tests.client.driving import reply

ASSET = {"id": "0", "role": "output", "kind": "image", "status": "ready"}
ITEM = {
    "id": "a:1",
    "provider": "a",
    "kind": "image",
    "status": "ready",
    "author": {"name": "Jo"},
    "progress": {"done": 1},
    "cover": ASSET,
    "assets": [ASSET],
}


def test_unknown_fields_are_left_out() -> None:
    item = decode(reply({**ITEM, "mood": {"deep": [1]}}), GalleryItem)

    assert item == decode(reply(ITEM), GalleryItem)


def test_unknown_words_stay_as_they_are_wherever_they_stand() -> None:
    asset = {**ASSET, "role": "sketch", "kind": "sound", "mood": 1}
    grown = {
        **ITEM,
        "kind": "sound",
        "status": "paused",
        "visibility": "friends",
        "actions": ["delete", "like"],
        "cover": asset,
        "assets": [asset, ASSET],
    }
    told = {
        "items": [grown],
        "next_cursor": None,
        "complete": True,
        "links_expire_at": None,
        "sources": [{"provider": "a", "state": "frozen", "mood": 1}],
    }

    page = decode(reply(told), GalleryPage)

    (item,) = page.items
    words = (item.kind, item.status, item.visibility, item.actions)
    assert words == ("sound", "paused", "friends", ("delete", "like"))
    assert item.cover is not None
    assert (item.cover.role, item.assets[0].kind) == ("sketch", "sound")
    assert item.author == Author(name="Jo")
    assert item.progress == Progress(done=1)
    assert item.assets[1] == Asset(**ASSET)  # type: ignore[arg-type]
    assert page.sources[0].state == "frozen"


def test_what_an_older_gateway_does_not_tell_has_a_default() -> None:
    provider = decode(reply({"name": "a", "plugin": "a", "title": "A"}), Provider)

    assert (provider.operations, provider.health) == ((), "ok")
    assert provider.find("generate") is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"id": 1}',
        b'{"id": "a:1", "provider": "a", "kind": 7, "status": "ready"}',
        b"[" * 100_000,
        b'{"id": "\xff"}',
    ],
)
def test_what_is_no_such_answer_is_told_as_such(content: bytes) -> None:
    with pytest.raises(GatewayError) as caught:
        decode(
            Reply(status=200, headers={"x-request-id": "r"}, content=content),
            GalleryItem,
        )

    assert (caught.value.code, caught.value.status) == ("unexpected-answer", 200)
    assert caught.value.request_id == "r"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*ITEM, *ASSET]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*ITEM, *ASSET]), JSON))
def test_whatever_is_answered_there_is_an_item_or_an_error(changed) -> None:
    try:
        item = decode(reply({**ITEM, **changed}), GalleryItem)
    except GatewayError:
        return

    assert msgspec.json.decode(msgspec.json.encode(item))["id"] == item.id
