"""Crawls over moving lists: nothing twice, nothing lost, in order, at a flat cost."""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from gateway.crawl.cursor import Crawl, CursorSealer
from gateway.crawl.lane import Allowance, Lane, Standing
from gateway.crawl.merge import Merge
from gateway.plugin.provider import Numbered
from gateway.plugin.query import Query
from gateway.sealing.digest import to_anchor
from tests.crawl.moving_lists import EARLIEST, NAMES, Change, Reader, World
from tests.histories import HISTORIES, IS_ASKED_FOR

"""The same histories each time, unless so many new ones are asked for."""
SEALER = CursorSealer([b"k" * 32])
QUERIES = {"all": Query(), "a third": Query(kinds=frozenset({"video"}))}
SCAN_PAGES = 5

verbs = st.sampled_from(
    ["insert"] * 6 + ["delete"] * 6 + ["tie", "timeless", "stray", "malformed"]
)
changes = st.builds(
    Change,
    upstream=st.integers(0, 4),
    verb=verbs,
    where=st.integers(0, 60),
    count=st.integers(1, 8),
)


@dataclass
class Crawler:
    """A caller in the middle of a crawl, and what it was promised."""

    cursor: str | None = None
    names: tuple[str, ...] = ()
    returned: list[str] = field(default_factory=list)
    oldest: dict[str, float] = field(default_factory=dict)
    excused: set[str] = field(default_factory=set)
    anchorless: set[str] = field(default_factory=set)
    moves: Counter[str] = field(default_factory=Counter)
    is_done: bool = False


class Crawls(RuleBasedStateMachine):
    figures: ClassVar[Counter[str]] = Counter()

    @initialize(
        names=st.sets(st.sampled_from(NAMES), min_size=1, max_size=3),
        lengths=st.lists(st.integers(0, 45), min_size=3, max_size=3),
        ties=st.sampled_from([0, 0, 0, 120]),
        page_size=st.sampled_from([5, 5, 20]),
        wanted=st.sampled_from(["all", "all", "a third"]),
    )
    def begin(
        self,
        names: set[str],
        lengths: list[int],
        ties: int,
        page_size: int,
        wanted: str,
    ) -> None:
        self.figures["histories"] += 1
        self.query = QUERIES[wanted]
        self.world = World(sorted(names), page_size)
        self.configured = sorted(names)
        self.crawlers: list[Crawler] = []
        for i, length in enumerate(lengths):
            if ties:
                self.world.apply(Change(i, "tie", 0, ties))
            for _ in range(length):
                self.world.apply(Change(i, "insert", 0, 1))

    @rule(change=changes)
    def move(self, change: Change) -> None:
        self.world.apply(change)

    @rule()
    def restart(self) -> None:
        self.world.shelf.clear()

    @rule(which=st.integers(0, 2))
    def take_out_or_put_back(self, which: int) -> None:
        names = sorted(self.world.upstreams)
        name = names[which % len(names)]
        kept = [n for n in self.configured if n != name]
        self.configured = kept if name in self.configured else sorted([*kept, name])
        for crawler in self.crawlers:
            crawler.excused.add(name)

    @rule()
    def start(self) -> None:
        if len(self.crawlers) < 3 and self.configured:
            self.crawlers.append(Crawler(names=tuple(self.configured)))

    @rule(
        which=st.integers(0, 2),
        limit=st.integers(1, 30),
        during=st.lists(changes, max_size=3),
        picks=st.lists(st.integers(0, 4), max_size=12),
        down=st.sets(st.sampled_from(NAMES), max_size=1),
    )
    def ask(
        self,
        which: int,
        limit: int,
        during: list[Change],
        picks: list[int],
        down: set[str],
    ) -> None:
        if self.crawlers:
            crawler = self.crawlers[which % len(self.crawlers)]
            reader = Reader(self.world, iter(picks), iter(during))
            self._ask(crawler, limit, reader, down)

    def teardown(self) -> None:
        """Let every crawl come to its end on lists at rest."""
        for crawler in getattr(self, "crawlers", ()):
            for _ in range(400):
                if crawler.is_done:
                    break
                self._ask(crawler, 7, Reader(self.world, iter(()), iter(())), set())
            assert crawler.is_done, "the crawl does not end"

    def _ask(
        self, crawler: Crawler, limit: int, reader: Reader, down: set[str]
    ) -> None:
        if crawler.is_done:
            return
        crawl = self._open(crawler)
        lanes = [
            Lane(
                rank,
                self.world.upstreams[s.provider].listing,
                self.query,
                s,
                Allowance(limit, SCAN_PAGES, self.world.turn()),
            )
            for rank, s in enumerate(crawl.standings)
            if s.provider in self.configured
        ]
        merge = Merge(lanes, limit=limit, frontier=crawl.frontier)
        while wanting := merge.wanting():
            for lane in wanting:
                self._read(crawler, lane, reader, down)
        self._account(crawler, lanes, reader, limit)
        self._check(crawler, merge, lanes)
        standings = tuple(lane.standing() for lane in lanes)
        crawler.cursor = SEALER.seal(Crawl(standings, merge.frontier), b"query")
        assert len(crawler.cursor) <= 1024
        if merge.is_finished:
            self._finish(crawler)

    def _open(self, crawler: Crawler) -> Crawl:
        if crawler.cursor is None:
            return Crawl(tuple(Standing(name) for name in crawler.names))
        return SEALER.open(crawler.cursor, b"query")

    def _read(
        self, crawler: Crawler, lane: Lane, reader: Reader, down: set[str]
    ) -> None:
        assert not lane.is_overrun
        want = lane.wants
        if want is None:
            return
        if lane.provider in down:
            lane.is_out = True
            return
        reading = reader.answer(lane, want)
        self._excuse(crawler, lane)
        lane.feed(reading)
        for key, page in lane.take_proven():
            self.world.shelf.relink(lane.provider, key, page)

    def _excuse(self, crawler: Crawler, lane: Lane) -> None:
        """Excuse a list whose last 16 entries vanished, where times cannot help."""
        place = lane.standing().place
        if place is None or not place.anchors:
            return
        rows = self.world.upstreams[lane.provider].rows
        anchors = {place.anchors[i : i + 6] for i in range(0, len(place.anchors), 6)}
        if any(to_anchor(row.entry.id) in anchors for row in rows):
            return
        crawler.anchorless.add(lane.provider)
        times = [row.entry.item.created_at for row in rows if row.entry.item]
        has_strays = any(time and time < EARLIEST for time in (*times, place.mark))
        is_tied = place.mark is None or place.mark in times or None in times
        if is_tied or has_strays:
            crawler.excused.add(lane.provider)
            self.figures["excused"] += 1

    def _account(
        self, crawler: Crawler, lanes: list[Lane], reader: Reader, limit: int
    ) -> None:
        """Hold each source to the calls of the fifth promise."""
        for name, tick in reader.oldest.items():
            crawler.oldest[name] = min(crawler.oldest.get(name, tick), tick)
        for lane in lanes:
            upstream = self.world.upstreams[lane.provider]
            paging, size = upstream.listing.paging, upstream.page_size
            pages = math.ceil(limit / size)
            if self.query.is_filtering:
                pages = SCAN_PAGES
            has_totals = isinstance(paging, Numbered) and paging.totals
            most = pages + 2 if has_totals else 2 * pages + 3
            calls = reader.calls[lane.provider]
            moves = upstream.moves
            moved = math.ceil((moves - crawler.moves[lane.provider]) / size)
            is_numbered = isinstance(paging, Numbered)
            is_plain = is_numbered and not reader.has_kept and not lane.is_out
            if is_plain and lane.provider not in crawler.excused:
                blind = 4 if lane.provider in crawler.anchorless else 0
                blind += 2 * 8 if len(crawler.returned) < 3 or blind else 0
                pages_there = math.ceil(len(upstream.rows) / size) + 1
                by_rank = 0 if upstream.listing.is_sorted else 2 * pages_there
                assert lane.detour <= max(3 * moved + blind, by_rank)
            before = reader.moves.get(lane.provider, crawler.moves[lane.provider])
            crawler.moves[lane.provider] = before
            self.figures["detours"] += lane.detour
            self.figures["calls"] += calls
            self.figures["pages"] += 1
            most += max(lane.detour, moved)
            self.figures["over"] += calls > most
            assert calls <= most, (lane.provider, calls, limit)

    def _check(self, crawler: Crawler, merge: Merge, lanes: list[Lane]) -> None:
        fresh = [item.id for item in merge.items]
        self.figures["items"] += len(fresh)
        for item_id in fresh:
            name = item_id.partition(":")[0]
            if item_id in crawler.returned:
                self.figures["duplicates"] += name not in crawler.excused
                assert name in crawler.excused, f"{item_id} twice"
        crawler.returned += fresh
        for lane in lanes:
            serials = [
                int(i.partition(":")[2])
                for i in crawler.returned
                if i.startswith(f"{lane.provider}:")
            ]
            if lane.provider not in crawler.excused:
                assert serials == sorted(serials, reverse=True)

    def _finish(self, crawler: Crawler) -> None:
        crawler.is_done = True
        self.figures["crawls"] += 1
        returned = set(crawler.returned)
        for name in crawler.names:
            if name in crawler.excused or name not in crawler.oldest:
                continue
            for row in self.world.upstreams[name].rows:
                item = row.entry.item
                if item is None or not self.query.matches(item):
                    continue
                stayed = row.born <= crawler.oldest[name]
                if stayed and row.entry.id not in returned:
                    self.figures["lost"] += 1
                    raise AssertionError(f"{row.entry.id} is lost")


@pytest.mark.no_cover  # twice the time; what it runs is measured elsewhere
def test_crawls_lose_nothing_and_repeat_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Crawls.figures.clear()

    run_state_machine_as_test(
        Crawls,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
            database=None,
            derandomize=not IS_ASKED_FOR,
            report_multiple_bugs=False,
        ),
    )

    figures = Crawls.figures
    rate = figures["calls"] / figures["pages"]
    with capsys.disabled():
        print(f"\n  {dict(figures)}, {rate:.2f} calls a page")  # noqa: T201
    assert figures["histories"] >= HISTORIES
    assert figures["crawls"] > 0
    assert figures["duplicates"] == figures["lost"] == figures["over"] == 0
