from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway.plugin.foreign.decoding import to_entries
from gateway.plugin.model import Asset, GalleryItem
from gateway.plugin.provider import Entry, Media
from providers.avatar.mapping import to_item, to_media, to_newest_first
from providers.avatar.wire import GalleryUrl
from tests.providers.payloads import (
    EMAIL,
    ITEM_ID,
    load,
    mutations,
    to_json,
    to_raw,
    with_every_text,
)

SAMPLES: list[dict[str, Any]] = load("avatar")["gallery_urls"]
SAMPLE = SAMPLES[0]


def read(*urls: object) -> tuple[Entry, ...]:
    raws = [to_raw(url) for url in urls]
    return to_entries(raws, GalleryUrl, lambda url: to_item("studio", url))


def item_of(**fields: object) -> GalleryItem:
    return to_item("studio", msgspec.convert({"url": "1738860389536", **fields}, GalleryUrl))  # fmt: skip


def to_sorted_urls(*urls: str) -> list[str]:
    entries = to_newest_first(read(*({"type": "image", "url": url} for url in urls)))
    return [entry.id.removeprefix("studio:") for entry in entries]


def test_the_documented_picture_is_translated() -> None:
    image, _ = read(*SAMPLES)

    asset = Asset(
        id="0",
        role="output",
        kind="image",
        status="ready",
        filename="1738860389536.jpg",
    )
    assert image.item == GalleryItem(
        id="studio:1738860389536",
        provider="studio",
        kind="image",
        status="ready",
        created_at="2025-02-06T16:46:29.536Z",
        job_id="1738860389536",
        actions=("delete",),
        cover=asset,
        asset_count=1,
        assets=(asset,),
        native={},
    )


def test_the_documented_video_is_translated() -> None:
    _, video = read(*SAMPLES)

    assert video.item is not None
    (asset,) = video.item.assets
    assert asset.filename == f"{SAMPLES[1]['url']}.mp4"
    assert (video.item.kind, asset.kind) == ("video", "video")
    assert video.item.created_at == "2025-02-06T16:49:52.428Z"


@pytest.mark.parametrize(
    ("url", "created_at", "job_id"),
    [
        ("1736386913456-1", "2025-01-09T01:41:53.456Z", "1736386913456"),
        ("1736386913456-12", "2025-01-09T01:41:53.456Z", "1736386913456"),
        ("1736386913456-a", "2025-01-09T01:41:53.456Z", "1736386913456-a"),
        ("0", "1970-01-01T00:00:00.000Z", "0"),
        ("holiday", None, "holiday"),
        ("holiday-2", None, "holiday"),
        ("17363869134560000", None, "17363869134560000"),
        ("9999999999999999", None, "9999999999999999"),
        ("١٧٣٦٣٨٦٩١٣٤٥٦", None, "١٧٣٦٣٨٦٩١٣٤٥٦"),
    ],
)
def test_the_url_tells_time_and_job(
    url: str, created_at: str | None, job_id: str
) -> None:
    item = item_of(url=url, type="image")

    assert (item.created_at, item.job_id) == (created_at, job_id)


@pytest.mark.parametrize("url", ["0@0", "joe@example"])
def test_what_only_a_suffix_makes_an_address_of_is_no_file_name(url: str) -> None:
    item = item_of(url=url, type="image")

    assert item.assets[0].filename is None


@pytest.mark.parametrize("word", ["hologram", "", None])
def test_an_unknown_type_is_a_model_with_nothing_to_show(word: str | None) -> None:
    item = item_of(type=word)

    assert (item.kind, item.cover, item.assets) == ("model", None, ())


def test_the_list_is_sorted_newest_first_and_pictures_of_a_task_by_number() -> None:
    urls = to_sorted_urls(
        "holiday",
        "1736386913456-10",
        "1738860389536",
        "1736386913456-2",
        "another",
        "1736386913457",
        "1736386913456-1",
    )

    assert urls == [
        "1738860389536",
        "1736386913457",
        "1736386913456-1",
        "1736386913456-2",
        "1736386913456-10",
        "another",
        "holiday",
    ]


@given(
    st.permutations(
        [
            "1736386913456",
            "1736386913456-1",
            "1736386913456-01",
            "b-1",
            "b",
            "a-2",
            "-5",
            "é@example.com",
        ]
    )
)
def test_the_order_is_the_same_whatever_the_directory_says(urls: list[str]) -> None:
    assert to_sorted_urls(*urls) == to_sorted_urls(*sorted(urls))


def test_a_number_of_any_length_breaks_nothing() -> None:
    long = f"1738860389536-{'9' * 5_000}"

    assert to_sorted_urls(long, "1738860389536-2")[1:] == ["1738860389536-2"]


def test_malformed_entries_go_last() -> None:
    entries = to_newest_first(read(None, SAMPLE, {"url": ""}, {"type": "image"}))

    assert [entry.item is None for entry in entries] == [False, True, True, True]


LATER: dict[str, Any] = {
    "source_url": "https://cdn.example.com/33/gallery/5f0c.mp4",
    "thumbnail_url": "https://cdn.example.com/33/gallery/5f0c_thumbnail.jpg",
    "last_modified": 1_739_678_557,
}


def test_an_entry_of_the_later_state_is_translated() -> None:
    (video,) = read(LATER)

    asset = Asset(
        id="0", role="output", kind="video", status="ready", filename="5f0c.mp4"
    )
    assert video.item == GalleryItem(
        id="studio:5f0c.mp4",
        provider="studio",
        kind="video",
        status="ready",
        created_at="2025-02-16T04:02:37.000Z",
        actions=("delete",),
        cover=asset,
        asset_count=1,
        assets=(asset,),
        native={},
    )
    media = to_media(msgspec.convert(LATER, GalleryUrl))
    assert media == (Media("0", LATER["source_url"], LATER["thumbnail_url"]),)


@pytest.mark.parametrize(
    ("address", "item_id", "kind"),
    [
        ("https://c.example/a%20b.JPG?X-Sig=1&y=/z.mp4", "studio:~YSBiLkpQRw", "image"),
        ("https://c.example/33/a.webp#x", "studio:a.webp", "image"),
        ("https://c.example/33/a.mov", "studio:a.mov", "video"),
        ("https://c.example/33/a.xyz", "studio:a.xyz", "model"),
    ],
)
def test_the_address_tells_name_and_kind(address: str, item_id: str, kind: str) -> None:
    item = item_of(url=None, source_url=address)

    assert (item.id, item.kind) == (item_id, kind)
    assert len(item.assets) == (kind != "model")


@pytest.mark.parametrize(
    "address", ["https://c.example/33/", "https://c.example/gallery", "http://[", ""]
)
def test_an_address_without_a_file_name_is_malformed(address: str) -> None:
    (entry,) = read({"source_url": address})

    assert entry.item is None


@pytest.mark.parametrize(
    ("seconds", "created_at"),
    [
        (1_739_678_557.5, "2025-02-16T04:02:37.500Z"),
        (None, None),
        ("yesterday", None),
        (-1, None),
        (1e300, None),
    ],
)
def test_the_time_of_the_later_state_is_in_seconds(
    seconds: object, created_at: str | None
) -> None:
    (entry,) = read({**LATER, "last_modified": seconds})

    assert entry.item is not None
    assert entry.item.created_at == created_at


def test_files_of_the_later_state_are_sorted_newest_first() -> None:
    older = {**LATER, "source_url": "https://c.example/b.jpg", "last_modified": 1_600_000_000}  # fmt: skip

    entries = to_newest_first(read(older, LATER))

    assert [entry.id for entry in entries] == ["studio:5f0c.mp4", "studio:b.jpg"]


@given(mutations(LATER))
def test_whatever_a_later_entry_holds_costs_at_most_that_entry(entry: object) -> None:
    _, good = read(entry, SAMPLE)

    assert good == read(SAMPLE)[0]


@given(mutations(SAMPLE))
def test_whatever_an_entry_holds_costs_at_most_that_entry(url: object) -> None:
    bent, good = read(url, SAMPLE)

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
