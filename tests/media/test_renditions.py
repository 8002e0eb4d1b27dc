"""Slow files keep nobody else's pictures from being drawn, and not for ever their own."""

import asyncio

import pytest

from gateway.adapters.memory import LocalNews, MemoryStore
from gateway.adapters.pictures.spool import SystemSpool
from gateway.coordination.validity import Validity
from gateway.media.facts import Facts
from gateway.media.files import Drawn
from gateway.media.link import Link
from gateway.media.renditions import Renditions
from gateway.plugin.errors import UnavailableError, UnsupportedMediaError
from gateway.ports.stores import Stores
from tests.fakes import FakeClock

MANY = 8
NO_PICTURE = b"<html>"


class FakeFinder:
    async def check(self, link: Link) -> Validity:
        return Validity()


class FakeOriginals:
    """Files of `slow` come when the gate opens."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.reading = 0
        self.most_at_once = 0

    async def read(
        self, link: Link, spool: SystemSpool, *, may_be_small: bool = True
    ) -> bool:
        self.reading += 1
        self.most_at_once = max(self.most_at_once, self.reading)
        try:
            if link.provider == "slow":
                await self.gate.wait()
            spool.write(b"a file")
            return True
        finally:
            self.reading -= 1


class FakeDrawing:
    """What it draws has a side of as many pixels as the file says in figures."""

    def spool(self) -> SystemSpool:
        return SystemSpool()

    async def draw(self, spool: SystemSpool, side: int, account: str) -> Drawn:
        told = b"".join(spool.read())
        if told == NO_PICTURE:
            raise UnsupportedMediaError("no picture can be made of it")
        width = int(told) if told.isdigit() else 1
        return Drawn(content=b"drawn", width=width, height=1, placeholder="p")


def to_link(provider: str, number: int = 0) -> Link:
    item_id = f"{provider}:{number}"
    return Link("acme", b"account!", item_id, None, "0", "preview", b"", 1)


def to_renditions(originals: FakeOriginals, read_seconds: float = 30.0) -> Renditions:
    clock = FakeClock()
    own = MemoryStore(limit_bytes=100_000, clock=clock)
    stores = Stores(own=own, shared=None, news=LocalNews())
    facts = Facts(stores, clock)
    return Renditions(
        FakeFinder(), originals, FakeDrawing(), stores, facts, read_seconds=read_seconds
    )


async def test_slow_files_of_one_provider_leave_the_others_alone() -> None:
    originals = FakeOriginals()
    renditions = to_renditions(originals)
    slow = [
        asyncio.create_task(renditions.get(to_link("slow", number)))
        for number in range(MANY)
    ]
    await asyncio.sleep(0)

    async with asyncio.timeout(5):
        drawn = await renditions.get(to_link("quick"))
    originals.gate.set()

    assert drawn == b"drawn"
    assert await asyncio.gather(*slow) == [b"drawn"] * MANY
    assert originals.most_at_once < MANY


async def test_a_file_that_comes_too_slowly_is_given_up() -> None:
    originals = FakeOriginals()
    renditions = to_renditions(originals, read_seconds=0.01)

    with pytest.raises(UnavailableError, match="too slowly"):
        await renditions.get(to_link("slow"))

    assert originals.reading == 0


@pytest.mark.parametrize(
    ("side", "drawn_from"), [(320, ["small"]), (319, ["small", "full"])]
)
async def test_an_upstreams_own_thumbnail_is_used_where_it_is_large_enough(
    side: int, drawn_from: list[str]
) -> None:
    originals = SmallOriginals(b"%d" % side)
    renditions = to_renditions(originals)

    await renditions.get(to_link("studio"))

    assert originals.read_as == drawn_from


async def test_an_upstreams_own_thumbnail_that_is_no_picture_is_left() -> None:
    originals = SmallOriginals(NO_PICTURE)

    drawn = await to_renditions(originals).get(to_link("studio"))

    assert drawn == b"drawn"
    assert originals.read_as == ["small", "full"]


async def test_where_neither_is_a_picture_there_is_none() -> None:
    originals = SmallOriginals(NO_PICTURE, NO_PICTURE)

    with pytest.raises(UnsupportedMediaError):
        await to_renditions(originals).get(to_link("studio"))

    assert originals.read_as == ["small", "full"]


class SmallOriginals(FakeOriginals):
    """Files with a thumbnail of the upstream's own, whose sides are known."""

    def __init__(self, small: bytes, full: bytes = b"4000") -> None:
        super().__init__()
        self.read_as: list[str] = []
        self._small = small
        self._full = full

    async def read(
        self, link: Link, spool: SystemSpool, *, may_be_small: bool = True
    ) -> bool:
        self.read_as.append("small" if may_be_small else "full")
        spool.write(self._small if may_be_small else self._full)
        return not may_be_small
