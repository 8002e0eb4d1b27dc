"""The oracle of crawls: what is right passes, and each kind of wrong is found."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st
from msgspec import structs

from gateway.plugin.model import GalleryItem, SourceReport
from gateway.terminal.verification.oracle import Crawled, Reading, judge

Listed = Sequence[tuple[str, str | None]]


def item(item_id: str, created_at: str | None) -> GalleryItem:
    return GalleryItem(
        id=item_id,
        provider=item_id.partition(":")[0],
        kind="image",
        status="ready",
        created_at=created_at,
    )


def reading(
    listed: Listed, at: float, *, age: float = 0.0, late: tuple[str, ...] = ()
) -> Reading:
    sources = tuple(
        SourceReport(provider=name, state="fresh", late=name in late) for name in "ab"
    )
    items = tuple(item(*one) for one in listed)
    return Reading(
        begun=at, ended=at + 0.1, age_seconds=age, items=items, sources=sources
    )


def crawl(*readings: Reading, is_complete: bool = True) -> Crawled:
    return Crawled(
        readings=list(readings), has_ended=is_complete, is_complete=is_complete
    )


WHOLE: Listed = [("a:3", "2026-03"), ("b:2", "2026-02"), ("a:1", "2026-01")]


def three(middle: Listed = WHOLE, age: float = 0.0) -> list[Crawled]:
    return [
        crawl(reading(WHOLE, 0.0)),
        crawl(reading(middle, 10.0, age=age)),
        crawl(reading(WHOLE, 20.0)),
    ]


def test_the_same_gallery_three_times_is_good() -> None:
    verdict = judge(three())

    assert verdict.is_good
    assert (verdict.ended, verdict.judged) == (3, 1)


def test_what_was_there_before_and_after_and_not_returned_is_missing() -> None:
    verdict = judge(three(WHOLE[:2]))

    assert (verdict.missing, verdict.is_good) == (("a:1",), False)


def test_what_was_deleted_or_came_later_is_not() -> None:
    crawls = [
        crawl(reading(WHOLE, 0.0)),
        crawl(reading(WHOLE[1:], 10.0)),
        crawl(reading([("b:4", "2026-04"), *WHOLE[1:]], 20.0)),
    ]

    verdict = judge(crawls)

    assert verdict.is_good


def test_what_an_old_page_cannot_show_is_not_missing() -> None:
    young, old = judge(three(WHOLE[:2], age=5.0)), judge(three(WHOLE[:2], age=12.0))

    assert young.missing == ("a:1",)
    assert (old.missing, old.judged) == ((), 0)


def test_an_old_page_is_no_proof_of_what_was_there_afterwards() -> None:
    crawls = three(WHOLE[:2])
    crawls[2] = crawl(reading(WHOLE, 20.0, age=15.0))

    assert judge(crawls).missing == ()


def test_a_crawl_that_has_not_ended_owes_nothing() -> None:
    crawls = three()
    crawls[1] = crawl(reading(WHOLE[:1], 10.0), is_complete=False)

    verdict = judge(crawls)

    assert (verdict.missing, verdict.judged, verdict.is_good) == ((), 0, False)


def test_too_few_crawls_prove_nothing() -> None:
    assert not judge(three()[:2]).is_good
    assert not judge([]).is_good


def test_what_comes_twice_is_told_whichever_pages_it_is_on() -> None:
    crawls = three()
    crawls.append(crawl(reading(WHOLE[:2], 30.0), reading(WHOLE[1:], 31.0)))

    verdict = judge(crawls)

    assert (verdict.repeated, verdict.is_good) == (("b:2",), False)


def test_what_is_out_of_order_on_a_page_is_told() -> None:
    verdict = judge(three([WHOLE[1], WHOLE[0], WHOLE[2]]))

    assert verdict.out_of_order == ("a:3",)


@pytest.mark.parametrize(
    ("late", "told"), [((), ("b:9",)), (("b",), ()), (("a",), ("b:9",))], ids=str
)
def test_only_a_source_that_says_so_is_late(late, told) -> None:
    second = reading([("b:9", "2026-03-05"), ("a:1", "2026-01")], 1.0, late=late)

    verdict = judge([crawl(reading([("a:3", "2026-02")], 0.0), second)])

    assert verdict.out_of_order == told


@pytest.mark.parametrize(
    "listed",
    [
        [("a:3", "2026-03"), ("a:9", "2026-09"), ("b:2", "2026-02")],
        [("a:3", "2026-03"), ("a:0", None), ("b:2", "2026-02")],
        [("a:0", None), ("a:3", "2026-03"), ("b:2", "2026-02")],
        [("a:0", None), ("a:1", None)],
        [],
    ],
    ids=str,
)
def test_a_sources_own_order_stands(listed: Listed) -> None:
    assert judge([crawl(reading(listed, 0.0))]).out_of_order == ()


def test_a_crawl_that_was_refused_is_told() -> None:
    crawls = three()
    crawls[0].fault = "invalid-cursor: it was good"

    verdict = judge(crawls)

    assert (verdict.broken, verdict.is_good) == (
        ("invalid-cursor: it was good",),
        False,
    )


@given(
    st.integers(0, 2**32), st.integers(3, 30), st.sampled_from(["", "lose", "repeat"])
)
def test_whatever_moves_only_what_is_wrong_is_found(
    seed: int, count: int, harm: str
) -> None:
    chance = random.Random(seed)  # noqa: S311  # nothing secret
    listed = [(f"{chance.choice('ab')}:{n}", f"2026-{n:04}") for n in range(count)][
        ::-1
    ]
    crawls = []
    for number in range(4):
        crawls.append(crawl_over(listed, number * 10.0, chance))
        if number < 3:
            listed.insert(0, (f"a:new-{number}", f"2027-{number}"))
            listed.pop(chance.randrange(1, len(listed)))
    stayed = [
        one for one in crawls[1].ids if one in set(crawls[0].ids) & set(crawls[3].ids)
    ]
    if harm and stayed:
        hurt(crawls[1], harm, chance.choice(stayed))

    verdict = judge(crawls)

    assert bool(verdict.missing) is (harm == "lose" and bool(stayed))
    assert bool(verdict.repeated) is (harm == "repeat" and bool(stayed))
    assert verdict.out_of_order == () or harm == "repeat"


def crawl_over(listed: Listed, at: float, chance: random.Random) -> Crawled:
    limit = chance.randint(1, 9)
    starts = range(0, len(listed), limit)
    return crawl(
        *(reading(listed[one : one + limit], at + one / 100) for one in starts)
    )


def hurt(crawl: Crawled, harm: str, item_id: str) -> None:
    for place, one in enumerate(crawl.readings):
        kept = tuple(item for item in one.items if item.id != item_id)
        if harm == "lose":
            crawl.readings[place] = structs.replace(one, items=kept)
        elif len(kept) < len(one.items):
            crawl.readings.append(one)
            return
