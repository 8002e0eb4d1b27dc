"""Callers who crawl while lists move: what they lost, saw twice, and waited for."""

import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import Self

from msgspec import Struct, field

from tests.stack.gateways import Gateway, ids_of, items_of, tell

LIMIT = 60
CHANGE_SECONDS = 0.2
MOVED = ("avatar", "piktid")
"""Of a list without a total, Hyper3D's, a change between the two calls that check a
boundary may cost an item, also where they are made behind: the contract's exception."""


class Seen(Struct, kw_only=True):
    """What callers saw; `taken` has when each request began, and its seconds."""

    crawls: int = 0
    taken: list[tuple[float, float]] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    repeated: set[str] = field(default_factory=set)

    def pages_between(self, begun: float, ended: float) -> list[float]:
        """Return the seconds of the requests that ran at some time in between."""
        return [s for at, s in self.taken if at <= ended and at + s >= begun]


class MovingCrawls:
    """Crawls by several callers, each page by another gateway, until they are ended.

    Held to return whatever has been there since before the first page was read.
    """

    def __init__(
        self, gateways: Sequence[Gateway], sandboxes: Mapping[str, str], callers: int
    ) -> None:
        self._gateways = gateways
        self._sandboxes = sandboxes
        self._ended = Event()
        self._lock = Lock()
        self._there = items_of(dict(sandboxes))
        self.seen = Seen()
        self._pool = ThreadPoolExecutor(callers + 1)
        self._going = [self._pool.submit(self._crawl, n) for n in range(callers)]
        self._going.append(self._pool.submit(self._move))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nobody behind who moves lists under another test."""
        self._ended.set()
        self._pool.shutdown()

    def end(self) -> Seen:
        """Let each crawl under way come to its end."""
        self._ended.set()
        for one in self._going:
            one.result()
        self._pool.shutdown()
        return self.seen

    def _crawl(self, number: int) -> None:
        chance = random.Random(number)  # noqa: S311  # the same each time
        while not self._ended.is_set():
            ids = self._read(chance)
            stayed = self._there & items_of(dict(self._sandboxes))
            with self._lock:
                self.seen.crawls += 1
                self.seen.lost |= stayed - set(ids)
                self.seen.repeated |= {one for one in ids if ids.count(one) > 1}

    def _read(self, chance: random.Random) -> list[str]:
        ids: list[str] = []
        query: dict[str, object] = {"limit": LIMIT + chance.randrange(8)}
        while True:
            begun = time.monotonic()
            asked = time.monotonic()
            answer = chance.choice(self._gateways).get("/v1/gallery", **query)
            self.seen.taken.append((asked, time.monotonic() - asked))
            if answer.status_code != 200:
                self.seen.odd.append(f"{answer.status_code}: {answer.text}")
                assert time.monotonic() - begun < 60
                continue
            page = answer.json()
            ids += ids_of(page)
            if page["next_cursor"] is None:
                return ids
            query["cursor"] = page["next_cursor"]

    def _move(self) -> None:
        chance = random.Random(0)  # noqa: S311  # the same each time
        while not self._ended.wait(CHANGE_SECONDS):
            for name in MOVED:
                self._change(name, chance)

    def _change(self, name: str, chance: random.Random) -> None:
        """Add one at the top, and delete one from anywhere."""
        address = self._sandboxes[name]
        tell(address, "items", count=1)
        ids = sorted(items_of({name: address}))
        native = chance.choice(ids).partition(":")[2]
        tell(address, "delete", ids=[native])
