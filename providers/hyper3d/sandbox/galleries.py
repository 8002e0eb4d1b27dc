"""The galleries of Hyper3D's stand-in: which cards are in them, in what order."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct, structs

from gateway.sandbox.catalogue import Catalogue
from providers.hyper3d.sandbox.cards import CardMaker, Entry, to_finished

_OTHERS_LIMIT: Final = 480
_FEATURED_TO: Final = 0.25
_STORY_FROM: Final = 0.85
_MALFORMED: Final[tuple[object, ...]] = (
    {"type": "Rodin", "title": "no task_uuid", "step": "Created"},
    {"task_uuid": {"id": 7}, "type": "Rodin"},
    "not a card",
    None,
    {"task_uuid": None, "type": 3, "time": []},
)


class Query(Struct, frozen=True, kw_only=True):
    gallery: str
    user_type: str | None = None
    task_type: str | None = None
    task_step: tuple[str, ...] = ()
    group_uuid: str | None = None
    tag_ids: tuple[float, ...] = ()
    user_override: str | None = None
    is_hidden: bool | None = None


class Galleries:
    """All cards newest first, and the views of them that were asked for."""

    def __init__(self, *, items: int, seed: int) -> None:
        self.maker = maker = CardMaker(seed)
        draw = Catalogue("hyper3d-times", seed)
        mine = [maker.make(moment, maker.demo) for moment in draw.times(items)]
        others = draw.times(min(items, _OTHERS_LIMIT))
        entries = [*mine, *(maker.make(moment) for moment in others)]
        entries.sort(key=lambda entry: entry.moment, reverse=True)
        self._entries = entries
        self._by_id = {entry.id: entry for entry in entries}
        self._views: dict[Query, list[Entry]] = {}

    def find(self, task_uuid: str) -> Entry | None:
        return self._by_id.get(task_uuid)

    def view(self, query: Query) -> list[Entry]:
        if query not in self._views:
            self._views[query] = self._select(query)
        return self._views[query]

    def _select(self, query: Query) -> list[Entry]:
        demo, own_group = self.maker.demo.id, str(self.maker.groups[0]["uuid"])
        if query.gallery == "Group" and query.group_uuid is None:
            query = structs.replace(query, group_uuid=own_group)
        if query.gallery == "Mine" and query.user_override is None:
            query = structs.replace(query, user_override=demo)
        shown = [
            entry
            for entry in self._entries
            if is_in_gallery(entry, query.gallery, demo) and matches(entry, query)
        ]
        if query.gallery in {"Featured", "Story"}:
            shown.sort(key=lambda entry: entry.rank)
        return shown

    def ids(self) -> list[str]:
        entries = self.view(Query(gallery="Mine"))
        return [entry.id for entry in entries if not entry.is_malformed]

    def newest(self) -> datetime | None:
        return self._entries[0].moment if self._entries else None

    def add(self, times: Sequence[datetime]) -> list[str]:
        return self._put([self.maker.make(at, self.maker.demo) for at in times])

    def add_malformed(self, times: Sequence[datetime]) -> list[str]:
        demo, first = self.maker.demo.id, len(self._by_id)
        return self._put(
            [
                Entry(
                    id=f"malformed-{first + place}",
                    moment=moment,
                    card={},
                    owner=demo,
                    malformed=_MALFORMED[place % len(_MALFORMED)],
                )
                for place, moment in enumerate(times)
            ]
        )

    def _put(self, entries: list[Entry]) -> list[str]:
        self._entries[:0] = reversed(entries)
        self._by_id |= {entry.id: entry for entry in entries}
        self._views.clear()
        return [entry.id for entry in entries]

    def delete(self, ids: Collection[str]) -> int:
        before = len(self._entries)
        self._entries = [entry for entry in self._entries if entry.id not in ids]
        self._by_id = {entry.id: entry for entry in self._entries}
        self._views.clear()
        return before - len(self._entries)

    def finish(self) -> int:
        working = [entry for entry in self._entries if entry.card.get("pending_jobs")]
        done = {entry.id: to_finished(entry) for entry in working}
        self._entries = [done.get(entry.id, entry) for entry in self._entries]
        self._by_id |= done
        self._views.clear()
        return len(done)


def is_in_gallery(entry: Entry, gallery: str, demo: str) -> bool:
    """`Mine` has its owner by the query; other people's private cards stay out."""
    if entry.owner != demo and (
        entry.card.get("is_private") or entry.card.get("is_hidden")
    ):
        return False
    match gallery:
        case "Featured":
            return entry.rank < _FEATURED_TO
        case "Story":
            return entry.rank > _STORY_FROM
        case _:
            return True


def matches(entry: Entry, query: Query) -> bool:
    """Malformed entries pass all filters but the owner's."""
    if query.user_override not in {None, entry.owner}:
        return False
    if entry.is_malformed:
        return query.gallery in {"Mine", "Recent"}
    card = entry.card
    wanted = (
        (query.user_type in {None, "All"}, card.get("user_state"), query.user_type),
        (query.task_type is None, card["type"], query.task_type),
        (query.group_uuid is None, entry.group, query.group_uuid),
        (query.is_hidden is None, card["is_hidden"], query.is_hidden),
    )
    return (
        all(is_any or value == asked for is_any, value, asked in wanted)
        and (not query.task_step or card["step"] in query.task_step)
        and (not query.tag_ids or not entry.tags.isdisjoint(query.tag_ids))
    )
