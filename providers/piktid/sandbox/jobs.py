"""The jobs of PiktID's stand-in; a job's images are drawn from its id when needed."""

from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Final
from uuid import UUID

from msgspec import Struct

from gateway.sandbox.catalogue import ORIGIN, Catalogue

Json = dict[str, object]
EMAIL: Final = "demo@example.com"
_LARGE: Final = {5: 64, 11: 230, 40: 55, 90: 120}  # images of the jobs at these places
_STATUS_WEIGHTS: Final = {
    "completed": 80,
    "failed": 6,
    "aborted": 5,
    "processing": 6,
    "pending": 3,
}
_TYPE_WEIGHTS: Final = {
    "model_swap": 50,
    "flat_2_model": 30,
    "identity_preprocessing": 15,
    "create_packshot": 4,
    "garment_recolor": 3,
    "video_try_on": 3,
}
# the states that a job's images take turns in, by the job's state
_IMAGE_STATES: Final[dict[str, tuple[str, ...]]] = {
    "completed": ("completed",) * 12 + ("failed",),
    "failed": ("failed",) * 20 + ("completed",),
    "aborted": ("completed", "completed", "failed", "pending"),
    "processing": ("completed", "processing", "pending"),
    "pending": ("pending",),
    "validating": ("pending",),
}
_ERRORS: Final = (
    "No person found in the input image",
    "Généré hors délai : réessayez",
    "Content policy: the garment could not be segmented",
)
_MODELS: Final = ("swap-2.1", "swap-2.2", "flat-1")
_STEMS: Final = ("IMG_{:04}", "look-{:03}", "été {:03}", "シャツ_{:03}")
_COMMENTS: Final = ("Great drape 👗", "hands look off", "素晴らしい", None, None)


class Project(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    key: str


class Job(Struct, frozen=True, kw_only=True):
    """What a job's listing is made from; `malformed` replaces it if told to."""

    id: str
    moment: datetime
    status: str = "completed"
    type: str = "model_swap"
    image_count: int = 1
    project: Project | None = None
    identity: str | None = None
    author: str = EMAIL
    is_finished: bool = False
    malformed: object = None
    is_malformed: bool = False

    @property
    def is_mine(self) -> bool:
        return self.author == EMAIL


class JobMaker:
    def __init__(self, seed: int) -> None:
        self._draw = draw = Catalogue("piktid", seed)
        names = ("Spring lookbook", "Été 2025 ☀️", "冬のコート", "Basics")
        self._projects = [
            Project(id=number, name=name, key=f"PRJ-{draw.rng.getrandbits(24):06x}")
            for number, name in enumerate(names, start=7)
        ]

    def make_all(self, items: int) -> list[Job]:
        """Newest first."""
        times = sorted(map(refine, self._draw.times(items)), reverse=True)
        return [
            self.make(moment, _LARGE.get(place)) for place, moment in enumerate(times)
        ]

    def make(self, moment: datetime, image_count: int | None = None) -> Job:
        draw = self._draw
        status = draw.weighted(_STATUS_WEIGHTS)
        return Job(
            id=draw.uuid(),
            moment=moment,
            status="validating" if draw.chance(0.008) else status,
            type=draw.weighted(_TYPE_WEIGHTS),
            image_count=image_count
            or min(draw.rng.randint(1, 12), draw.rng.randint(1, 12)),
            project=draw.pick([*self._projects, None]),
            identity=draw.title() if draw.chance(0.6) else None,
            author=draw.pick(draw.people).email if draw.chance(0.2) else EMAIL,
        )


def refine(moment: datetime) -> datetime:
    """Most times come with microseconds; equal times stay equal, order stays."""
    rng = Random(moment.isoformat())  # noqa: S311  it only has to be repeatable
    micros = rng.choice((0, 0, rng.randrange(1000)))
    whole = moment.replace(microsecond=0) if micros == 0 else moment
    return whole + timedelta(microseconds=micros)


def to_time(moment: datetime) -> str:
    """Without a zone; a fraction only where there is one."""
    return moment.replace(tzinfo=None).isoformat()


# groups and versions of one input
_SHAPES: Final = (
    ((0, 1),),
    ((0, 1),),
    ((0, 1),),
    ((0, 1), (0, 2)),
    ((0, 1), (1, 1)),
    ((0, 1), (0, 2), (1, 1)),
)


class Slot(Struct, frozen=True, kw_only=True):
    """Where an image stands in its job; `dice` decides all else about it."""

    index: int
    group: int
    version: int
    status: str
    feedback: str | None
    dice: bytes

    @property
    def place(self) -> str:
        return f"{self.index}-{self.group}-{self.version}"


def make_slots(job: Job) -> list[Slot]:
    """All of a job's images in the order of their files; the same on each call."""
    slots: list[Slot] = []
    index = 0
    while len(slots) < job.image_count:
        dice = sha256(f"{job.id}/{index}".encode()).digest()
        shape = _SHAPES[dice[0] % len(_SHAPES)][: job.image_count - len(slots)]
        for turn, (group, version) in enumerate(shape):
            slots.append(_make_slot(job, (index, group, version), dice[turn * 8 :]))
        index += 1
    return slots


def _make_slot(job: Job, place: tuple[int, int, int], dice: bytes) -> Slot:
    states = _IMAGE_STATES[job.status]
    status = states[dice[1] % len(states)]
    if job.is_finished and status != "failed":
        status = "completed"
    opinions = ("like", "dislike", None, None)
    feedback = opinions[dice[2] % 4] if status == "completed" else None
    index, group, version = place
    return Slot(
        index=index,
        group=group,
        version=version,
        status=status,
        feedback=feedback,
        dice=dice,
    )


def to_quality(slot: Slot) -> float | None:
    is_done = slot.status == "completed"
    return round(0.35 + slot.dice[3] / 400, 3) if is_done else None


def to_image(job: Job, slot: Slot) -> Json:
    dice, is_done = slot.dice, slot.status == "completed"
    style = int(job.id[:2], 16)
    ending = ("png", "jpg", "jpg")[style % 3]
    name = f"{_STEMS[style % 4].format(slot.index + 1)}.{ending}"
    folder = f"{ORIGIN}/cdn/{job.id}/{slot.place}"
    error = _ERRORS[dice[4] % 3] if slot.status == "failed" else None
    image: Json = {
        "job_id": job.id,
        "image_index": slot.index,
        "group_index": slot.group,
        "version": slot.version,
        "original_filename": name,
        "download_filename": f"{slot.index:03}_{name}" if is_done else None,
        "inputs": [
            {
                "full_size": f"{folder}/in{number}.jpg",
                "thumbnail": f"{folder}/in{number}-thumb.jpg",
            }
            for number in range((1, 1, 2)[dice[5] % 3])
        ],
        "output": {
            "full_size": f"{folder}/full.{ending}" if is_done else None,
            "thumbnail": f"{folder}/thumb.jpg" if is_done else None,
        },
        "input_description": {"category": "upper_body"} if dice[6] % 2 else {},
        "status": slot.status,
        "quality_score": to_quality(slot),
        "processing_time": 3 + dice[7] / 8 if is_done else None,
        "error_message": error,
        "feedback": slot.feedback,
        "feedback_comment": _COMMENTS[dice[4] % 5] if slot.feedback else None,
        "created_at": to_time(job.moment),
        "review_status": "approved" if dice[6] % 3 else None,
        "review_annotations": None,
        "retouch_claim": None,
    }
    return image | _to_grown(slot, is_done=is_done)


def _to_grown(slot: Slot, *, is_done: bool) -> Json:
    """What the schema has grown by since the document, and may grow by."""
    is_doubtful = is_done and slot.dice[6] % 5 == 0
    grown: Json = {
        "id": int.from_bytes(slot.dice[:3]),
        "uuid": str(UUID(bytes=sha256(slot.dice).digest()[:16], version=4)),
        "model_used": _MODELS[slot.dice[3] % 3] if is_done else None,
        "detail_needs_review": is_doubtful,
        "detail_review_reason": "Logo differs" if is_doubtful else None,
    }
    return grown | ({"aspect_ratio": "3:4"} if slot.version > 1 else {})


def to_listed(job: Job, slots: list[Slot], shown: list[Slot]) -> Json:
    """A job as listed: counts of all its images, and those that are shown."""
    states = [slot.status for slot in slots]
    project, status = job.project, "completed" if job.is_finished else job.status
    return {
        "job_id": job.id,
        "job_type": job.type,
        "job_status": status,
        "identity_code": job.id[:8] if job.identity else None,
        "identity_name": job.identity,
        "project_id": project.id if project else None,
        "project_name": project.name if project else None,
        "project_key": project.key if project else None,
        "created_at": to_time(job.moment),
        "updated_at": to_time(job.moment),
        "created_by": job.author,
        "total_images": len(slots),
        "completed_images": states.count("completed"),
        "failed_images": states.count("failed"),
        "images": [to_image(job, slot) for slot in shown],
        "processing_options": {"upscale": True} if job.type == "model_swap" else None,
    }
