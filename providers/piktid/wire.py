"""PiktID's JSON in its own words, as `GET /gallery/by-job` has it.

The document's `"string"` and `0` are placeholders. Fields may be absent or null, and
unknown ones pass: the schema grows.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

ImageStatus: TypeAlias = Literal["pending", "processing", "completed", "failed"]
SortBy: TypeAlias = Literal["original_filename", "quality_score"]
Ownership: TypeAlias = Literal["mine", "shared"]
Whole: TypeAlias = Annotated[int, Meta(ge=-(2**53), le=2**53)]
"""A whole number that every JSON reader can hold."""


class JobsRequest(Struct, frozen=True, kw_only=True):
    """`sort_by` sorts the images inside a job, `order` the jobs by `created_at`."""

    per_page: int
    order: Literal["desc"] = "desc"
    max_images_per_job: int = 200
    project_id: Whole | UnsetType = UNSET
    status: ImageStatus | UnsetType = UNSET
    feedback: tuple[str, ...] | UnsetType = UNSET
    sort_by: SortBy | UnsetType = UNSET
    ownership: Ownership | UnsetType = UNSET
    job_id: str | UnsetType = UNSET
    job_type: str | UnsetType = UNSET
    search: str | UnsetType = UNSET


class Pagination(Struct, frozen=True, kw_only=True):
    """`total` counts jobs, not images."""

    total: Whole | None = None
    has_next: bool | None = None


class Jobs(Struct, frozen=True, kw_only=True):
    jobs: list[msgspec.Raw]
    pagination: Pagination | None = None


class Files(Struct, frozen=True, kw_only=True):
    """Addresses on a CDN; null until they are ready."""

    full_size: str | None = None
    thumbnail: str | None = None


class Image(Struct, frozen=True, kw_only=True):
    image_index: Whole | None = None
    group_index: Whole | None = None
    version: Whole | None = None
    original_filename: str | None = None
    download_filename: str | None = None
    inputs: list[Files | None] | None = None
    output: Files | None = None
    status: str | None = None
    quality_score: float | None = None
    processing_time: float | None = None
    error_message: str | None = None
    feedback: str | None = None
    feedback_comment: str | None = None
    created_at: str | None = None


class Job(Struct, frozen=True, kw_only=True):
    """`project_id` is a number in the list and text elsewhere."""

    job_id: str
    job_type: str | None = None
    job_status: str | None = None
    identity_name: str | None = None
    project_id: int | str | None = None
    project_name: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    created_by: str | None = None
    total_images: Whole | None = None
    completed_images: Whole | None = None
    failed_images: Whole | None = None
    images: list[Image | None] | None = None
