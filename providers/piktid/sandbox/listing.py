"""`/gallery/by-job` as a function: filters, sorting and pages over all jobs."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal

from msgspec import Raw, Struct, json, structs

from providers.piktid.sandbox.jobs import (
    Job,
    JobMaker,
    Json,
    Slot,
    make_slots,
    to_image,
    to_listed,
    to_quality,
)

_ENCODED: Final = 4096  # jobs that are kept as JSON
_MALFORMED: Final[tuple[object, ...]] = (
    {"job_type": "model_swap", "job_status": "completed", "images": []},
    {"job_id": None, "images": "none"},
    "not a job",
    {"job_id": ["7"], "created_at": 5},
    None,
)


class Filters(Struct, frozen=True, kw_only=True):
    """Which jobs are listed; `status` and `feedback` speak of images."""

    order: Literal["asc", "desc"] = "desc"
    project_id: str | None = None
    status: str | None = None
    feedback: tuple[str, ...] = ()
    ownership: str | None = None
    job_id: str | None = None
    job_type: str | None = None
    search: str | None = None

    @property
    def has_image_filter(self) -> bool:
        return self.status is not None or bool(self.feedback)


class Page(Struct, frozen=True, kw_only=True):
    """Pages count from 1."""

    number: int = 1
    size: int = 20
    sort_by: Literal["original_filename", "quality_score"] = "original_filename"
    images_limit: int = 50


class Jobs:
    """All jobs newest first, and the views of them that were asked for."""

    def __init__(self, *, items: int, seed: int) -> None:
        self._maker = JobMaker(seed)
        self._jobs = self._maker.make_all(items)
        self._by_id = {job.id: job for job in self._jobs}
        self._views: dict[Filters, list[Job]] = {}
        self._show_plain = lru_cache(_ENCODED)(encode_plain)

    def read(self, filters: Filters, page: Page) -> Json:
        jobs = self._view(filters)
        first = (page.number - 1) * page.size
        pages = -(-len(jobs) // page.size)
        return {
            "pagination": {
                "page": page.number,
                "per_page": page.size,
                "total": len(jobs),
                "pages": pages,
                "has_next": page.number < pages,
                "has_prev": page.number > 1,
            },
            "jobs": [
                self._show(job, filters, page)
                for job in jobs[first : first + page.size]
            ],
        }

    def _show(self, job: Job, filters: Filters, page: Page) -> object:
        if job.is_malformed:
            return job.malformed
        is_sorted = page.sort_by == "original_filename"
        if is_sorted and not filters.has_image_filter:
            return self._show_plain(job, page.images_limit)
        slots = make_slots(job)
        shown = [slot for slot in slots if is_shown(slot, filters)]
        if not is_sorted:
            shown.sort(key=_by_quality)
        return to_listed(job, slots, shown[: page.images_limit])

    def _view(self, filters: Filters) -> list[Job]:
        if filters not in self._views:
            jobs = [job for job in self._jobs if self._is_listed(job, filters)]
            if filters.order == "asc":
                jobs.reverse()
            self._views[filters] = jobs
        return self._views[filters]

    def _is_listed(self, job: Job, filters: Filters) -> bool:
        if not is_job_wanted(job, filters):
            return False
        if job.is_malformed or not filters.has_image_filter:
            return True
        return any(is_shown(slot, filters) for slot in make_slots(job))

    def find(self, job_id: str, place: str) -> Json | None:
        """The image at `index-group-version` of a job."""
        job = self._by_id.get(job_id)
        if job is None or job.is_malformed:
            return None
        for slot in make_slots(job):
            if slot.place == place:
                return to_image(job, slot)
        return None

    def moment_of(self, job_id: str) -> datetime:
        return self._by_id[job_id].moment

    def ids(self) -> list[str]:
        return [job.id for job in self._jobs if not job.is_malformed]

    def newest(self) -> datetime | None:
        return self._jobs[0].moment if self._jobs else None

    def add(self, times: Sequence[datetime]) -> list[str]:
        return self._put([self._maker.make(moment) for moment in times])

    def add_malformed(self, times: Sequence[datetime]) -> list[str]:
        first = len(self._jobs)
        return self._put(
            [
                Job(
                    id=f"malformed-{first + number}",
                    moment=moment,
                    malformed=_MALFORMED[number % len(_MALFORMED)],
                    is_malformed=True,
                )
                for number, moment in enumerate(times)
            ]
        )

    def _put(self, jobs: list[Job]) -> list[str]:
        self._keep([*reversed(jobs), *self._jobs])
        return [job.id for job in jobs]

    def _keep(self, jobs: list[Job]) -> None:
        self._jobs = jobs
        self._by_id = {job.id: job for job in jobs}
        self._views.clear()

    def delete(self, ids: Collection[str]) -> int:
        before = len(self._jobs)
        self._keep([job for job in self._jobs if job.id not in ids])
        return before - len(self._jobs)

    def finish(self) -> int:
        working = {"processing", "pending", "validating"}
        waiting = {
            job.id
            for job in self._jobs
            if job.status in working and not job.is_finished
        }
        self._keep(
            [
                structs.replace(job, is_finished=True) if job.id in waiting else job
                for job in self._jobs
            ]
        )
        return len(waiting)


def is_job_wanted(job: Job, filters: Filters) -> bool:
    if filters.search is not None:
        is_named = filters.search in job.id
    else:
        is_named = filters.job_id in {None, job.id}
    project = str(job.project.id) if job.project else ""
    owner = "mine" if job.is_mine else "shared"
    return (
        is_named
        and filters.project_id in {None, project}
        and filters.ownership in {None, owner}
        and filters.job_type in {None, job.type}
    )


def is_shown(slot: Slot, filters: Filters) -> bool:
    return filters.status in {None, slot.status} and (
        not filters.feedback or slot.feedback in filters.feedback
    )


def encode_plain(job: Job, images_limit: int) -> Raw:
    """A job as listed when nothing is asked of its images."""
    slots = make_slots(job)
    return Raw(json.encode(to_listed(job, slots, slots[:images_limit])))


def _by_quality(slot: Slot) -> float:
    """Best first, those without a score last."""
    score = to_quality(slot)
    return 1.0 if score is None else -score
