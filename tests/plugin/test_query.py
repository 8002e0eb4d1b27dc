import time
import unicodedata
from typing import Literal

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import fields

from gateway.plugin.model import KINDS, STATUSES, Asset, GalleryItem, Kind, Status
from gateway.plugin.query import Query, to_folded
from tests.fakes import NoFilters

EARLY, NOON, LATE = (f"2025-03-02T{hour:02}:00:00.000Z" for hour in (8, 12, 16))
times = st.none() | st.sampled_from([EARLY, NOON, LATE])


def to_asset(filename: str | None) -> Asset:
    return Asset(id="0", role="output", kind="image", status="ready", filename=filename)


def to_item(  # noqa: PLR0913  # each one is something that a query looks at
    *,
    kind: Kind = "image",
    status: Status = "ready",
    created_at: str | None = NOON,
    title: str | None = None,
    prompt: str | None = None,
    filename: str | None = None,
) -> GalleryItem:
    return GalleryItem(
        id="a:1",
        provider="a",
        kind=kind,
        status=status,
        created_at=created_at,
        title=title,
        prompt=prompt,
        assets=(to_asset(None), to_asset(filename)),
    )


items = st.builds(
    to_item,
    kind=st.sampled_from(KINDS),
    status=st.sampled_from(STATUSES),
    created_at=times,
    title=st.none() | st.text(),
)
queries = st.builds(
    Query,
    kinds=st.frozensets(st.sampled_from(KINDS)),
    statuses=st.frozensets(st.sampled_from(STATUSES)),
    words=st.lists(st.text(min_size=1, max_size=2)).map(tuple),
    created_after=times,
    created_before=times,
)


@given(items)
def test_a_query_for_nothing_in_particular_matches_everything(
    item: GalleryItem,
) -> None:
    query = Query(providers=frozenset({"b"}), filters={"a": to_asset(None)})

    assert query.matches(item)
    assert not query.is_filtering


@given(queries, items)
def test_only_a_filtering_query_turns_items_down(
    query: Query, item: GalleryItem
) -> None:
    assert query.is_filtering or query.matches(item)


@given(queries, items)
def test_an_item_matches_when_each_filter_alone_matches_it(
    query: Query, item: GalleryItem
) -> None:
    alone = [
        Query(kinds=query.kinds),
        Query(statuses=query.statuses),
        *(Query(words=(word,)) for word in query.words),
        Query(created_after=query.created_after),
        Query(created_before=query.created_before),
    ]

    assert query.matches(item) is all(each.matches(item) for each in alone)


def test_kinds_and_statuses_are_alternatives() -> None:
    query = Query(
        kinds=frozenset({"image", "video"}), statuses=frozenset({"ready", "failed"})
    )

    assert query.matches(to_item(kind="video", status="failed"))
    assert not query.matches(to_item(kind="model", status="failed"))
    assert not query.matches(to_item(kind="video", status="queued"))


@pytest.mark.parametrize(
    ("created_at", "is_in"),
    [(EARLY, True), (NOON, True), (LATE, False), (None, False)],
)
def test_after_is_inclusive_and_before_is_not(
    created_at: str | None, *, is_in: bool
) -> None:
    query = Query(created_after=EARLY, created_before=LATE)

    assert query.matches(to_item(created_at=created_at)) is is_in


@pytest.mark.parametrize(
    "item",
    [
        to_item(title="The Red CAT"),
        to_item(prompt="a cat, red"),
        to_item(filename="cat-RED.png"),
        to_item(title="cat", filename="red.png"),
    ],
)
def test_words_may_be_anywhere_in_any_case(item: GalleryItem) -> None:
    query = Query(words=("red", "cat"))

    assert query.matches(item)


@pytest.mark.parametrize(
    "item",
    [
        to_item(),
        to_item(title="red", prompt="dog"),
        to_item(title="re", prompt="d cat"),
    ],
)
def test_all_words_must_occur_and_none_across_two_texts(item: GalleryItem) -> None:
    query = Query(words=("red", "cat"))

    assert not query.matches(item)


def test_words_compare_by_folded_case() -> None:
    query = Query(words=("strasse",))

    assert query.matches(to_item(title="STRAßE"))


def test_a_query_wants_the_providers_that_it_names_or_all() -> None:
    query = Query(providers=frozenset({"a"}))

    assert query.wants("a")
    assert not query.wants("b")
    assert Query().wants("b")


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0301\u0327" * 60_000,
        "\u0301" * 120_000,
        "\u0344" * 120_000,
        "カ\u3099" * 60_000,
        "ẞ" * 120_000,
    ],
)
def test_long_texts_are_folded_in_no_time(text: str) -> None:
    started = time.process_time()

    to_folded(text)

    assert time.process_time() - started < 1.0  # a quadratic one takes 3.7 s and more


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert to_folded(to_folded(text)) == to_folded(text)


@given(st.text(), st.sampled_from(["NFC", "NFD"]))
def test_neither_case_nor_normal_form_tells_a_text_apart(
    text: str, form: Literal["NFC", "NFD"]
) -> None:
    assert to_folded(unicodedata.normalize(form, text)) == to_folded(text)


ASKED: dict[str, object] = {
    "providers": frozenset({"avatar"}),
    "kinds": frozenset({"image"}),
    "statuses": frozenset({"ready"}),
    "words": ("x",),
    "created_after": "2025-01-01T00:00:00.000Z",
    "created_before": "2020-01-01T00:00:00.000Z",
    "filters": {"avatar": NoFilters()},
}
ELSEWHERE = {"providers", "filters"}
"""What chooses the lists, and is pushed down to them."""


def test_whatever_can_be_asked_for_is_a_filter_or_chooses_the_lists() -> None:
    assert ASKED.keys() == {field.name for field in fields(Query)}

    for name, value in ASKED.items():
        query = Query(**{name: value})  # type: ignore[arg-type]  # one of each
        item = GalleryItem(id="a:1", provider="a", kind="video", status="failed")
        assert query.is_filtering == (name not in ELSEWHERE), name
        assert query.matches(item) == (name in ELSEWHERE), name
