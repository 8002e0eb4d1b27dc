"""What an entry can do without is left out where it is malformed, and nothing else."""

import json
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given, strategies as st
from msgspec import Meta, Struct

from gateway.plugin.foreign.tolerance import to_tolerated

Whole = Annotated[int, Meta(ge=0, le=2**53)]


class File(Struct, frozen=True, kw_only=True):
    url: str
    size: Whole | None = None


class Job(Struct, frozen=True, kw_only=True, rename={"made": "created_at"}):
    id: str
    count: Whole | None = None
    score: float | None = None
    project: int | str | None = None
    made: str | None = None
    file: File | None = None
    files: list[File | None] | None = None
    names: list[str] = []


class Jobs(Struct, frozen=True, kw_only=True):
    jobs: list[msgspec.Raw]
    total: Whole | None = None


def read(**fields: Any) -> Job:
    return to_tolerated(json.dumps({"id": "1", **fields}).encode(), Job)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"count": 1.0}, Job(id="1", count=1)),
        ({"count": 1.5, "score": 2}, Job(id="1", score=2)),
        ({"count": -1}, Job(id="1")),
        ({"count": "7"}, Job(id="1")),
        ({"count": 2**60, "project": 2**60}, Job(id="1", project=2**60)),
        ({"created_at": ["no"], "score": {}}, Job(id="1")),
        ({"created_at": "now", "count": []}, Job(id="1", made="now")),
        ({"file": {"url": "a", "size": "b"}}, Job(id="1", file=File(url="a"))),
        ({"file": {"size": 1}}, Job(id="1")),
        ({"file": "a"}, Job(id="1")),
        (
            {"files": [{"url": "a", "size": 3.0}, 7, None, {}]},
            Job(id="1", files=[File(url="a", size=3), None, None, None]),
        ),
        ({"names": ["a", 1, None, "b"]}, Job(id="1", names=["a", "b"])),
        ({"names": "a", "unknown": {"x": [1]}}, Job(id="1")),
    ],
)
def test_malformed_fields_are_left_out(fields: dict[str, Any], expected: Job) -> None:
    assert read(**fields) == expected


@pytest.mark.parametrize("body", [b'{"id":1}', b"{}", b"[]", b"null", b'"1"'])
def test_what_it_cannot_do_without_is_an_error(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        to_tolerated(body, Job)


def test_a_list_that_stays_as_it_is_keeps_its_entries() -> None:
    jobs = to_tolerated(b'{"jobs":[{"a": 1},null],"total":9.0,"x":1}', Jobs)

    assert [bytes(raw) for raw in jobs.jobs] == [b'{"a": 1}', b"null"]
    assert jobs.total == 9


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(
    st.dictionaries(
        st.sampled_from(["id", "count", "score", "project", "file", "files", "names"]),
        anything,
    )
)
def test_whatever_comes_is_a_job_or_an_error(fields: dict[str, Any]) -> None:
    body = json.dumps(fields).encode("utf-8", "surrogatepass")

    try:
        job = to_tolerated(body, Job)
    except (msgspec.DecodeError, UnicodeDecodeError):
        assert not (isinstance(fields.get("id"), str) and fields["id"].isascii())
        return

    assert msgspec.json.decode(msgspec.json.encode(job), type=Job) == job
