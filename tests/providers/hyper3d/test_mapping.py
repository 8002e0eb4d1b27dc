from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway.plugin.foreign.decoding import to_entries
from gateway.plugin.model import Asset, Author, Collection, GalleryItem
from gateway.plugin.provider import Entry
from providers.hyper3d.mapping import to_item
from providers.hyper3d.wire import Card
from tests.providers.payloads import (
    EMAIL,
    ITEM_ID,
    load,
    mutations,
    to_json,
    to_raw,
    with_every_text,
)

SAMPLE: dict[str, Any] = load("hyper3d")[0]


def read(*cards: object) -> tuple[Entry, ...]:
    raws = [to_raw(card) for card in cards]
    return to_entries(raws, Card, lambda card: to_item("studio", card))


def item_of(**fields: object) -> GalleryItem:
    return to_item("studio", msgspec.convert({"task_uuid": "t-1", **fields}, Card))


def test_the_documented_card_is_translated() -> None:
    (entry,) = read(SAMPLE)

    image = Asset(id="image", role="preview", kind="image", status="ready")
    video = Asset(id="video", role="output", kind="video", status="ready")
    assert entry.item == GalleryItem(
        id="studio:text",
        provider="studio",
        kind="model",
        status="processing",
        title="text",
        prompt="text",
        created_at="2025-10-31T20:41:47.559Z",
        author=Author(id="text", name="text"),
        collection=Collection(id="text", name="text"),
        job_id="text",
        visibility="hidden",
        licensed=True,
        likes=1,
        liked=True,
        cover=image,
        asset_count=2,
        assets=(video, image),
        native={
            "type": "DreamFace",
            "style": "text",
            "user_state": "Generating",
            "step": "Created",
            "is_genme": True,
            "allow_preview": True,
            "pending_jobs": ["text"],
        },
    )


def test_a_card_with_nothing_but_its_id_is_an_item() -> None:
    item = item_of()

    assert (item.id, item.kind, item.status) == ("studio:t-1", "model", "unknown")
    assert (item.cover, item.assets, item.author) == (None, (), None)


@pytest.mark.parametrize(
    ("task_type", "kind"),
    [
        ("Panorama", "image"),
        ("Media2Face", "video"),
        ("Rodin", "model"),
        ("API", "model"),
        ("RodinGen9", "model"),
        (None, "model"),
    ],
)
def test_the_task_type_tells_the_kind(task_type: str | None, kind: str) -> None:
    assert item_of(type=task_type).kind == kind


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"pending_jobs": ["a"], "user_state": "Generated"}, "processing"),
        ({"user_state": "Generating", "image_url": "x"}, "processing"),
        ({"user_state": "Packing"}, "processing"),
        ({"user_state": "Generated", "step": "Created"}, "ready"),
        ({"user_state": "Liked", "pending_jobs": []}, "ready"),
        ({"user_state": "Packed"}, "ready"),
        ({"image_url": "x", "step": "Created"}, "ready"),
        ({"video_url": "x", "user_state": "Archived"}, "ready"),
        ({"step": "Created", "image_url": ""}, "queued"),
        ({"step": "Preprocess"}, "processing"),
        ({"step": "Generate"}, "processing"),
        ({"step": "ModelGenerate"}, "processing"),
        ({"step": "TextureGenerate"}, "processing"),
        ({"step": "ModelRefine"}, "processing"),
        ({"step": "TextureRefine", "user_state": "Archived"}, "processing"),
        ({"step": "Rigging"}, "unknown"),
        ({"user_state": "Archived"}, "unknown"),
    ],
)  # fmt: skip
def test_the_status_follows_the_table(fields: dict[str, Any], status: str) -> None:
    assert item_of(**fields).status == status


@pytest.mark.parametrize(
    ("task_type", "assets", "cover"),
    [
        ("Panorama", [("image", "output"), ("video", "output")], "image"),
        ("Media2Face", [("video", "output"), ("image", "preview")], "image"),
        ("Rodin", [("video", "output"), ("image", "preview")], "image"),
    ],
)
def test_outputs_come_first_and_the_picture_is_the_cover(
    task_type: str, assets: list[tuple[str, str]], cover: str
) -> None:
    item = item_of(type=task_type, image_url="i", video_url="v")

    assert [(asset.id, asset.role) for asset in item.assets] == assets
    assert item.asset_count == 2
    assert item.cover is not None
    assert item.cover.id == cover


def test_a_video_alone_is_the_cover() -> None:
    item = item_of(type="Media2Face", video_url="v")

    assert item.cover is not None
    assert item.cover.id == "video"


@pytest.mark.parametrize(
    ("fields", "visibility"),
    [
        ({"is_hidden": True, "is_private": False}, "hidden"),
        ({"is_hidden": False, "is_private": True}, "private"),
        ({"is_private": False}, "public"),
        ({"is_hidden": False}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_the_visibility_follows_the_flags(
    fields: dict[str, Any], visibility: str | None
) -> None:
    assert item_of(**fields).visibility == visibility


@pytest.mark.parametrize(
    ("fields", "licensed"),
    [
        ({"lisenced": True}, True),
        ({"licensed": True}, True),
        ({"lisenced": False, "licensed": True}, False),
        ({}, None),
    ],
)  # fmt: skip
def test_both_spellings_of_licensed_are_read(
    fields: dict[str, Any], licensed: object
) -> None:
    assert item_of(**fields).licensed is licensed


def test_blank_texts_are_null() -> None:
    item = item_of(title="", prompt=" ", group={"uuid": "", "name": "x"})

    assert (item.title, item.prompt, item.collection) == (None, None, None)


def test_an_author_that_is_an_email_address_is_dropped() -> None:
    assert item_of(author={"username": "joe@example.com"}).author is None
    assert item_of(
        author={"user_uuid": "u", "username": "joe@example.com"}
    ).author == Author(id="u")


def test_a_card_without_id_costs_only_itself() -> None:
    entries = read({"type": "Rodin"}, {"task_uuid": ""}, {"task_uuid": None}, SAMPLE)

    assert [entry.item is None for entry in entries] == [True, True, True, False]


@given(mutations(SAMPLE))
def test_whatever_a_card_holds_costs_at_most_that_card(card: object) -> None:
    bent, good = read(card, SAMPLE)

    assert good == read(SAMPLE)[0]
    if bent.item is not None:
        assert ITEM_ID.fullmatch(bent.id)
        assert not EMAIL.search(to_json(bent.item))
        assert msgspec.msgpack.decode(
            msgspec.msgpack.encode(bent.item), type=GalleryItem
        )


@given(st.emails())
def test_no_email_address_gets_through_any_field(email: str) -> None:
    (entry,) = read(with_every_text(SAMPLE, email))

    assert entry.item is not None
    assert not EMAIL.search(to_json(entry.item))


def test_no_address_balance_or_code_is_shown() -> None:
    secrets = {
        "image_url": "https://file.hyper3d.com/secret.png?X-Tos-Signature=secret",
        "video_url": "https://file.hyper3d.com/secret.mp4",
        "author": {"user_uuid": "u", "avatar_url": "https://secret", "email": "secret"},
        "group": {"uuid": "g", "balance": "secret", "checkin_code": "secret"},
        "style": "https://secret",
    }

    assert "secret" not in to_json(item_of(**secrets))


def test_an_author_may_have_nothing_but_a_picture() -> None:
    author = item_of(author={"avatar_url": "https://a", "username": "ada@x.com"}).author

    assert author == Author()
    assert item_of(author={"username": "ada@x.com"}).author is None
