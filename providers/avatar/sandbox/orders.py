"""What a task is to make: its kind, its pictures, and how they look."""

from typing import Final, Literal

from msgspec import Struct, structs

from providers.avatar.sandbox.figures.looks import Look, to_look
from providers.avatar.sandbox.validation import Json

FileType = Literal["image", "video"]
# garments that decide what becomes of a task
FAILING: Final = "fail"
SEVERAL: Final = "several"
_TURNS: Final = (0.0, 90.0, 180.0)
_QUALITY: Final = (1, 100)
_THUMBNAIL_WIDTH: Final = (1, 1024)
_SECONDS: Final = (1, 10)


class Picture(Struct, frozen=True, kw_only=True):
    """A look, and how its files are to be; `seconds` is how long a film lasts."""

    look: Look
    quality: int
    thumbnail_width: int
    seconds: int


class Order(Struct, frozen=True, kw_only=True):
    type: FileType
    pictures: tuple[Picture, ...]
    will_fail: bool = False

    def names(self, task_id: str) -> list[str]:
        """The files' names: the task's, numbered from 1 if there are several."""
        count = len(self.pictures)
        if count == 1:
            return [task_id]
        return [f"{task_id}-{number}" for number in range(1, count + 1)]


def to_order(kind: FileType, found: Json) -> Order:
    """The order of a checked body; the garment `several` is seen from three sides."""
    person = _to_object(found, "user_details")
    apparel = _to_object(found, "apparel_details")
    options = _to_object(found, f"{kind}_options")
    first = Picture(
        look=to_look(person, apparel),
        quality=_bound(options.get("quality"), *_QUALITY, 85),
        thumbnail_width=_bound(options.get("thumbnail_width"), *_THUMBNAIL_WIDTH, 256),
        seconds=_bound(options.get("duration"), *_SECONDS, 5),
    )
    garment = apparel.get("item_id")
    turns = _TURNS if garment == SEVERAL and kind == "image" else _TURNS[:1]
    return Order(
        type=kind,
        pictures=tuple(_turn(first, turn) for turn in turns),
        will_fail=garment == FAILING,
    )


def _turn(picture: Picture, degrees: float) -> Picture:
    look = picture.look
    view = structs.replace(look.view, turn=look.view.turn + degrees)
    return structs.replace(picture, look=structs.replace(look, view=view))


def _to_object(found: Json, name: str) -> Json:
    part = found.get(name)
    return part if isinstance(part, dict) else {}


def _bound(told: object, least: int, most: int, usual: int) -> int:
    return min(max(told, least), most) if isinstance(told, int) else usual
