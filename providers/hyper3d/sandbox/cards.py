"""The cards of Hyper3D's stand-in, and how they are drawn from the catalogue."""

from datetime import UTC, datetime
from typing import Final

from msgspec import Struct, structs

from gateway.sandbox.catalogue import ORIGIN, Catalogue, Person

Json = dict[str, object]
GROUP_NAMES: Final = ("Studio Nord", "Кафедра 3D")
EMAIL: Final = "demo@example.com"
_STATE_WEIGHTS: Final[dict[str | None, int]] = {
    "Generated": 110,
    "Liked": 30,
    "Packed": 25,
    "Generating": 9,
    "Packing": 5,
    None: 8,
    "Archived": 1,
}
_TYPE_WEIGHTS: Final = {
    "Rodin": 80,
    "DreamFace": 25,
    "ImagineFace": 20,
    "Panorama": 20,
    "Media2Face": 15,
    "API": 15,
    "RodinGen2": 2,
}
_STEP_WEIGHTS: Final = {
    "TextureRefine": 60,
    "ModelRefine": 15,
    "TextureGenerate": 10,
    "ModelGenerate": 8,
    "Generate": 6,
    "Preprocess": 4,
    "Created": 4,
    "Rigging": 1,
}


class Entry(Struct, frozen=True, kw_only=True):
    """A card as kept; its media addresses are signed anew for each listing."""

    id: str
    moment: datetime
    card: Json
    owner: str
    group: str | None = None
    has_image: bool = False
    has_video: bool = False
    tags: frozenset[int] = frozenset()
    rank: float = 0.5  # up to 0.25 in Featured, from 0.85 in Story
    malformed: object = None

    @property
    def video_name(self) -> str:
        """One video in eight is a picture that moves."""
        return "video.webp" if self.id[-1] in "01" else "video.mp4"

    @property
    def is_malformed(self) -> bool:
        return not self.card


class CardMaker:
    """Draws cards from the catalogue, for the demo account and for others."""

    def __init__(self, seed: int) -> None:
        self._draw = draw = Catalogue("hyper3d", seed)
        self.demo = Person(id=draw.uuid(), name="demo", email=EMAIL)
        self.groups = [self._make_group(name) for name in GROUP_NAMES]

    def has_person(self, user_uuid: str) -> bool:
        return any(user_uuid == person.id for person in (self.demo, *self._draw.people))

    def _make_group(self, name: str) -> Json:
        return {
            "uuid": self._draw.uuid(),
            "name": name,
            "member_count": 7,
            "expiration_date": "2027-01-01T00:00:00.000Z",
            "settings": {
                "allowed_style": ["realistic", "cartoon"],
                "allowed_topology": ["quad"],
                "max_member_count": 20,
                "allow_preview": True,
                "additional_settings": [],
            },
            "balance": 125.5,
            "checkin_code": "NORD-2026",
        }

    def make(self, moment: datetime, owner: Person | None = None) -> Entry:
        """A card of the owner's, or of anyone else when none is given."""
        draw = self._draw
        person = owner or draw.pick(draw.people)
        state = draw.weighted(_STATE_WEIGHTS)
        kind = draw.weighted(_TYPE_WEIGHTS)
        group = draw.pick(self.groups) if draw.chance(0.25) else None
        is_working = state in {"Generating", "Packing"}
        card: Json = {
            "task_uuid": draw.uuid(),
            "type": kind,
            "num_like": int(draw.rng.expovariate(0.1)),
            "is_like": state == "Liked",
            "time": to_text(moment),
            "author": to_author(person),
            "step": draw.weighted(_STEP_WEIGHTS),
            "is_hidden": draw.chance(0.05),
            "is_private": draw.chance(0.3),
        }
        optional: Json = {
            "prompt": draw.prompt() if draw.chance(0.8) else None,
            "title": draw.title() if draw.chance(0.8) else None,
            "style": draw.pick(("realistic", "cartoon", "sculpture", None)),
            "lisenced": draw.chance(0.4),
            "is_genme": draw.chance(0.1),
            "allow_preview": draw.chance(0.9),
            "group": group,
            "user_state": state,
            "pending_jobs": [draw.uuid()] if is_working else [],
        }
        card |= {name: value for name, value in optional.items() if draw.chance(0.93)}
        if "lisenced" in card and is_spelt_right(str(card["task_uuid"])):
            card["licensed"] = card.pop("lisenced")
        if is_working:
            card["pending_jobs"] = optional["pending_jobs"]
        return Entry(
            id=str(card["task_uuid"]),
            moment=moment,
            card=card,
            owner=person.id,
            group=str(group["uuid"]) if group and card.get("group") else None,
            has_image=state != "Generating" and draw.chance(0.95),
            has_video=state != "Generating"
            and (kind == "Media2Face" or draw.chance(0.15)),
            tags=frozenset(draw.rng.sample(range(1, 9), 2)),
            rank=draw.rng.random(),
        )


def is_spelt_right(task_uuid: str) -> bool:
    """One card in 16 says `licensed`, which the document spells `lisenced`."""
    return task_uuid.endswith("f")


def to_text(moment: datetime) -> str:
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def to_author(person: Person) -> Json:
    return {
        "user_uuid": person.id,
        "username": person.name,
        "avatar_url": f"{ORIGIN}/avatars/{person.id}.jpg",
        "email": person.email,
    }


def to_finished(entry: Entry) -> Entry:
    card = entry.card | {"user_state": "Generated", "pending_jobs": []}
    return structs.replace(entry, card=card, has_image=True)
