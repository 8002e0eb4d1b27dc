from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway.plugin.foreign.decoding import to_entries
from gateway.plugin.model import Asset, Author, Collection, GalleryItem, Progress
from gateway.plugin.provider import Entry
from providers.piktid.mapping import to_item
from providers.piktid.wire import Job
from tests.providers.payloads import (
    EMAIL,
    ITEM_ID,
    load,
    mutations,
    to_json,
    to_raw,
    with_every_text,
)

SAMPLE: dict[str, Any] = load("piktid")["jobs"][0]
FILES = {"full_size": "https://cdn.example.com/f", "thumbnail": None}


def read(*jobs: object) -> tuple[Entry, ...]:
    raws = [to_raw(job) for job in jobs]
    return to_entries(raws, Job, lambda job: to_item("studio", job))


def item_of(**fields: object) -> GalleryItem:
    return to_item("studio", msgspec.convert({"job_id": "j-1", **fields}, Job))


def output_of(**fields: object) -> Asset:
    return item_of(images=[fields]).assets[0]


def test_the_documented_job_is_translated() -> None:
    (entry,) = read(SAMPLE)

    assert entry.item == GalleryItem(
        id="studio:string",
        provider="studio",
        kind="image",
        status="processing",
        author=Author(name="string"),
        collection=Collection(id="0", name="string"),
        job_id="string",
        progress=Progress(done=0, failed=0, total=0),
        asset_count=2,
        assets=(
            Asset(
                id="0.0.0",
                role="output",
                kind="image",
                status="unknown",
                filename="string",
                quality_score=0.0,
                feedback="like",
                error="string",
                native={"feedback_comment": "string", "processing_time": 0.0},
            ),
            Asset(
                id="0.0.0.in0",
                role="input",
                output_id="0.0.0",
                kind="image",
                status="unknown",
                filename="string",
            ),
        ),
        native={
            "job_type": "string",
            "job_status": "string",
            "identity_name": "string",
        },
    )


def test_a_job_with_nothing_but_its_id_is_an_item() -> None:
    item = item_of()

    assert (item.id, item.status, item.assets) == ("studio:j-1", "unknown", ())
    assert (item.progress, item.author, item.collection) == (None, None, None)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"job_status": "failed"}, "failed"),
        ({"job_status": "aborted"}, "canceled"),
        ({"job_status": "completed"}, "ready"),
        ({"job_status": "completed", "failed_images": 0}, "ready"),
        ({"job_status": "completed", "failed_images": 1, "total_images": 3}, "partial"),
        ({"job_status": "completed", "failed_images": 3, "total_images": 3}, "failed"),
        ({"job_status": "completed", "failed_images": 2, "completed_images": 1}, "partial"),
        ({"job_status": "completed", "failed_images": 2}, "failed"),
        ({"job_status": "pending"}, "queued"),
        ({"job_status": "queued"}, "queued"),
        ({"job_status": "processing"}, "processing"),
        ({"job_status": "validating"}, "processing"),
        ({"job_status": None}, "unknown"),
    ],
)  # fmt: skip
def test_the_status_follows_the_table(fields: dict[str, Any], status: str) -> None:
    assert item_of(**fields).status == status


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": "pending"}, "queued"),
        ({"status": "processing"}, "processing"),
        ({"status": "completed", "output": FILES}, "ready"),
        ({"status": "failed"}, "failed"),
        ({"status": "polishing"}, "unknown"),
        ({"status": "polishing", "output": FILES}, "ready"),
        ({"output": {"thumbnail": "x"}}, "ready"),
    ],
)  # fmt: skip
def test_an_image_tells_its_own_status(fields: dict[str, Any], status: str) -> None:
    assert output_of(**fields).status == status


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2025-03-02T08:00:00", "2025-03-02T08:00:00.000Z"),
        ("2025-03-02T08:00:00.123456", "2025-03-02T08:00:00.123Z"),
        ("2025-03-02T10:00:00+02:00", "2025-03-02T08:00:00.000Z"),
        ("yesterday", None),
        (None, None),
    ],
)
def test_times_without_a_zone_are_utc(text: str | None, time: str | None) -> None:
    item = item_of(created_at=text, updated_at=text, images=[{"created_at": text}])

    assert (item.created_at, item.updated_at) == (time, time)
    assert item.assets[0].created_at == time


def test_outputs_come_first_and_inputs_name_their_output() -> None:
    first = {"image_index": 0, "version": 1, "inputs": [FILES, None]}
    second = {"image_index": 1, "group_index": 2, "version": 3, "inputs": [FILES]}

    item = item_of(images=[first, second])

    assert [(asset.id, asset.role, asset.output_id) for asset in item.assets] == [
        ("0.0.1", "output", None),
        ("1.2.3", "output", None),
        ("0.0.1.in0", "input", "0.0.1"),
        ("0.0.1.in1", "input", "0.0.1"),
        ("1.2.3.in0", "input", "1.2.3"),
    ]
    assert [asset.status for asset in item.assets[2:]] == ["ready", "unknown", "ready"]


def test_images_that_were_not_listed_count() -> None:
    item = item_of(total_images=230, images=[{"inputs": [FILES]}])

    assert (item.asset_count, len(item.assets)) == (231, 2)


def test_an_image_that_is_listed_twice_counts_once() -> None:
    item = item_of(images=[{"version": 1}, None, {"version": 1}, {"version": 2}])

    assert [asset.id for asset in item.assets] == ["0.0.1", "0.0.2"]
    assert item.asset_count == 2


def test_the_cover_is_the_first_output_that_is_there() -> None:
    images = [
        {"version": 1, "status": "failed", "output": FILES},
        {"version": 2, "status": "completed", "output": None},
        {"version": 3, "status": "completed", "output": FILES},
        {"version": 4, "status": "completed", "output": FILES},
    ]

    item = item_of(images=images)

    assert item.cover == item.assets[2]
    assert item_of(images=images[:2]).cover is None


def test_the_error_of_a_failed_job_is_its_first_images() -> None:
    images = [
        {"version": 1},
        {"version": 2, "error_message": "No person at https://cdn.example.com/x"},
        {"version": 3, "error_message": "Other"},
    ]

    failed = item_of(job_status="failed", images=images)
    ready = item_of(job_status="completed", images=images)

    assert failed.error == "No person at [address]"
    assert failed.assets[2].error == "Other"
    assert ready.error is None


@pytest.mark.parametrize(
    ("fields", "filenames"),
    [
        ({"download_filename": "d.png", "original_filename": "o.png"}, ["d.png", "o.png"]),
        ({"original_filename": "o.png"}, ["o.png", "o.png"]),
        ({}, [None, None]),
    ],
)  # fmt: skip
def test_an_image_is_named_after_its_download(
    fields: dict[str, Any], filenames: list[str | None]
) -> None:
    item = item_of(images=[{"inputs": [FILES], **fields}])

    assert [asset.filename for asset in item.assets] == filenames


@pytest.mark.parametrize(
    ("project_id", "collection"),
    [
        (7, Collection(id="7", name="Lookbook")),
        ("7", Collection(id="7", name="Lookbook")),
        ("", None),
        (None, None),
    ],
)
def test_a_project_is_a_collection(
    project_id: object, collection: Collection | None
) -> None:
    item = item_of(project_id=project_id, project_name="Lookbook")

    assert item.collection == collection


def test_an_author_that_is_an_email_address_is_dropped() -> None:
    assert item_of(created_by="joe@example.com").author is None
    assert item_of(created_by="joe").author == Author(name="joe")


def test_a_job_without_id_costs_only_itself() -> None:
    entries = read({}, {"job_id": ""}, {"job_id": None}, "not a job", SAMPLE)

    assert [entry.item is None for entry in entries] == [True] * 4 + [False]


@given(mutations(SAMPLE))
def test_whatever_a_job_holds_costs_at_most_that_job(job: object) -> None:
    bent, good = read(job, SAMPLE)

    assert good == read(SAMPLE)[0]
    if bent.item is not None:
        assert ITEM_ID.fullmatch(bent.id)
        assert not EMAIL.search(to_json(bent.item))
        assert msgspec.msgpack.decode(
            msgspec.msgpack.encode(bent.item), type=GalleryItem
        )


@given(st.emails())
def test_no_email_address_gets_through_any_field(email: str) -> None:
    (entry,) = read(with_every_text(SAMPLE | {"processing_options": {}}, email))

    assert entry.item is not None
    assert not EMAIL.search(to_json(entry.item))


def test_no_address_or_code_is_shown() -> None:
    files = {"full_size": "https://cdn/secret?sig=1", "thumbnail": "https://secret"}
    secrets = {
        "identity_code": "secret",
        "project_key": "secret",
        "processing_options": {"callback": "https://secret"},
        "images": [{"inputs": [files], "output": files, "feedback_comment": "see https://secret"}],
    }  # fmt: skip

    assert "secret" not in to_json(item_of(**secrets))
