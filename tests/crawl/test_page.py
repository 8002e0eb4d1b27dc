import pytest
from hypothesis import given, strategies as st

from gateway.crawl.page import Page, inherit_predecessor, mend, to_page
from gateway.plugin.model import GalleryItem
from gateway.plugin.provider import Entry, Media, UpstreamPage
from gateway.plugin.times import tomorrow

NOON = 1_700_000_000.0
LATEST = tomorrow(NOON)


def to_item(item_id: str, time: str | None, updated_at: str | None) -> GalleryItem:
    return GalleryItem(
        id=item_id,
        provider="a",
        kind="image",
        status="ready",
        created_at=time,
        updated_at=updated_at,
    )


def to_entry(
    item_id: str, time: str | None = None, updated_at: str | None = None
) -> Entry:
    return Entry(item_id, to_item(item_id, time, updated_at))


def read(*ids: str, size: int | None = None, is_last: bool | None = None) -> Page:
    upstream = UpstreamPage(entries=[to_entry(i) for i in ids], is_last=is_last)
    return to_page(upstream, size=size, asked_at=NOON, received_at=NOON)


def test_an_id_that_is_listed_twice_keeps_its_first_place() -> None:
    page = read("a", "b", "a", "c", "b")

    assert [entry.id for entry in page.entries] == ["a", "b", "c"]


def test_the_first_of_two_entries_with_one_id_is_kept() -> None:
    entries = [to_entry("a", "2023-01-01T00:00:00.000Z"), Entry("a", None)]

    page = to_page(
        UpstreamPage(entries=entries), size=None, asked_at=NOON, received_at=NOON
    )

    assert page.entries == (entries[0],)


@given(st.lists(st.sampled_from("abcdef")))
def test_each_id_is_there_once_and_where_it_was_first(ids: list[str]) -> None:
    page = read(*ids)

    assert [entry.id for entry in page.entries] == list(dict.fromkeys(ids))
    assert page.ids == set(ids)
    assert len(page.positions) == len(page.entries)


@pytest.mark.parametrize(
    ("count", "size", "says_so", "is_last"),
    [
        (3, 3, None, False),
        (2, 3, None, True),
        (0, 3, None, True),
        (2, 3, False, False),
        (3, 3, True, True),
        (2, None, None, False),
        (0, None, None, False),
    ],
)
def test_a_page_that_is_short_of_a_known_size_is_the_last_unless_there_is_a_next(
    count: int, size: int | None, *, says_so: bool | None, is_last: bool
) -> None:
    page = read(*"abc"[:count], size=size, is_last=says_so)

    assert page.is_last is is_last


def test_duplicates_do_not_make_a_page_short() -> None:
    page = read("a", "a", "b", size=3)

    assert not page.is_last


def test_what_the_upstream_said_is_taken_over() -> None:
    upstream = UpstreamPage(entries=[Entry("a", None)], total=9, next_token="t")  # noqa: S106  # no secret

    page = to_page(upstream, size=None, asked_at=NOON, received_at=NOON + 1)

    assert (page.total, page.next_token, page.predecessor) == (9, "t", None)
    assert (page.asked_at, page.received_at) == (NOON, NOON + 1)
    assert (page.skipped, page.last_id) == ({"a"}, "a")


def test_an_empty_page_has_no_last_id() -> None:
    assert read().last_id is None


@pytest.mark.parametrize(
    ("time", "kept"),
    [
        ("1999-12-31T23:59:59.999Z", None),
        ("2000-01-01T00:00:00.000Z", "2000-01-01T00:00:00.000Z"),
        (LATEST, LATEST),
        ("2023-11-15T22:13:20.001Z", None),
        ("9999-12-31T23:59:59.999Z", None),
        (None, None),
    ],
)
def test_a_time_outside_of_2000_to_tomorrow_counts_as_none(
    time: str | None, kept: str | None
) -> None:
    upstream = UpstreamPage(entries=[to_entry("a", time, updated_at=time)])

    page = to_page(upstream, size=None, asked_at=NOON, received_at=NOON)

    item = page.entries[0].item
    assert item is not None
    assert (item.created_at, item.updated_at) == (kept, kept)


def test_each_time_of_an_item_counts_for_itself() -> None:
    item = to_item("a", "2023-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z")
    entry = Entry("a", item, (Media("0", "/a"),))

    mended = mend(entry, LATEST)

    assert mended.item is not None
    assert (mended.item.created_at, mended.item.updated_at) == (item.created_at, None)
    assert mended.media == entry.media
    assert mend(mended, LATEST) is mended


class MovingList:
    """A list whose entries enter at the top alone; the number is an entry's age."""

    def __init__(self, count: int) -> None:
        self.rows = list(range(count, 0, -1))
        self._newest = count

    def move(self, deleted: set[int], entered: int) -> None:
        kept = [row for i, row in enumerate(self.rows) if i not in deleted]
        newest = self._newest + entered
        self.rows = [*range(newest, self._newest, -1), *kept]
        self._newest = newest

    def read(self, start: int, size: int) -> Page:
        return read(*map(str, self.rows[start : start + size]))

    def predecessor(self, start: int) -> str | None:
        """Return the id that stands before an index, at most the last one's."""
        before = self.rows[:start]
        return str(before[-1]) if before else None


@given(
    st.integers(0, 20),
    st.integers(0, 24),
    st.integers(0, 24),
    st.sets(st.integers(0, 20)),
    st.integers(0, 6),
    st.booleans(),
)
def test_nothing_lies_between_a_page_and_an_inherited_link(  # noqa: PLR0913, PLR0917  # the model's parts
    count: int,
    old_start: int,
    new_start: int,
    deleted: set[int],
    entered: int,
    has_link: bool,  # noqa: FBT001  # hypothesis hands it over
) -> None:
    moving = MovingList(count)
    old = moving.read(old_start, 5)
    old = old.following(moving.predecessor(old_start) if has_link else None)
    moving.move(deleted, entered)

    new = inherit_predecessor(old, moving.read(new_start, 5))

    first = int(new.entries[0].id) if new.entries else 0
    if new.predecessor is not None:
        predecessor = int(new.predecessor)
        assert predecessor > first
        assert not [row for row in moving.rows if first < row < predecessor]


@given(st.integers(6, 20), st.integers(1, 15), st.sets(st.integers(0, 20)))
def test_a_page_that_begins_with_the_same_entry_keeps_its_link(
    count: int, start: int, deleted: set[int]
) -> None:
    moving = MovingList(count)
    old = moving.read(start, 5).following(moving.predecessor(start))
    first = moving.rows[start] if start < count else None
    moving.move(deleted, 0)
    if first not in moving.rows:
        return

    new = inherit_predecessor(old, moving.read(moving.rows.index(first), 5))

    assert new.predecessor == old.predecessor


def test_an_entry_that_moved_inside_the_page_is_linked_to_its_neighbour() -> None:
    old = read("c", "d", "e").following("b")

    new = inherit_predecessor(old, read("e", "f"))

    assert new.predecessor == "d"


def test_the_end_stays_linked_while_nothing_comes_behind_it() -> None:
    old = read().following("z")

    assert inherit_predecessor(old, read()).predecessor == "z"
    assert inherit_predecessor(old, read("x")).predecessor is None
    assert inherit_predecessor(read("x").following("w"), read()).predecessor is None


def test_an_entry_that_was_not_there_is_not_linked() -> None:
    old = read("c", "d").following("b")

    assert inherit_predecessor(old, read("a", "c")).predecessor is None


def test_entries_whose_id_is_there_already_are_counted() -> None:
    upstream = UpstreamPage(
        entries=[Entry("a", None), Entry("b", None), Entry("a", None)]
    )

    page = to_page(upstream, size=None, asked_at=NOON, received_at=NOON)

    assert [entry.id for entry in page.entries] == ["a", "b"]
    assert page.repeated == 1
