"""Caches keep to their bounds, whatever they are filled with, and are added up."""

import asyncio
import gc
import tracemalloc
from collections.abc import Callable

import pytest
from opentelemetry.trace import INVALID_SPAN

from gateway.adapters.memory import MemoryStore
from gateway.api.answers.rendered import Rendered, RenderedPages
from gateway.coordination.validity import Validity
from gateway.crawl.lane import Allowance, Lane, Standing
from gateway.crawl.page import Page
from gateway.crawl.search import Reading
from gateway.gallery.ahead import Aheads
from gateway.gallery.run import Part, Step
from gateway.media.content.sniff import Format
from gateway.media.facts import Facts
from gateway.media.link import Link
from gateway.pages.requests import ListRequest
from gateway.plugin.model import Asset, GalleryItem
from gateway.plugin.provider import Entry, Listing, Media
from gateway.plugin.query import Query
from gateway.ports.caches import ENTRY_BYTES, SHARES, Cache, Caches
from gateway.ports.stores import Stores
from tests.fakes import FakeClock, NoFilters
from tests.gallery.fakes import account_of

MEMORY_BYTES = 8 * 2**20


def test_the_shares_are_no_more_than_all() -> None:
    assert sum(SHARES.values()) <= 1.0


def test_what_was_used_longest_ago_goes_first() -> None:
    cache: Cache[str, bytes] = Cache(
        3 * (ENTRY_BYTES + 10), lambda _, value: len(value)
    )

    for key in "abc":
        cache.put(key, bytes(10))
    assert cache.get("a") is not None
    cache.put("d", bytes(10))

    assert [key for key in "abcd" if key in cache] == ["a", "c", "d"]
    assert cache.size_bytes == 3 * (ENTRY_BYTES + 10)


def test_to_look_at_all_is_not_to_use_it() -> None:
    cache: Cache[str, bytes] = Cache(
        3 * (ENTRY_BYTES + 10), lambda _, value: len(value)
    )
    for key in "abc":
        cache.put(key, bytes(10))
    assert cache.get("a") is not None

    assert [key for key, _ in cache.items()] == ["a", "b", "c"]
    cache.put("d", bytes(10))

    assert [key for key in "abcd" if key in cache] == ["a", "c", "d"]


def test_what_is_larger_than_all_is_not_kept_nor_what_it_would_replace() -> None:
    cache: Cache[str, bytes] = Cache(1_000, lambda _, value: len(value))
    cache.put("a", b"old")

    cache.put("a", bytes(2_000))

    assert cache.get("a", "nothing") == "nothing"
    assert cache.size_bytes == 0


def test_what_is_old_counts_no_longer() -> None:
    clock = FakeClock()
    cache: Cache[str, int] = Cache(10_000, lambda *_: 0, seconds=2.0, clock=clock)
    cache.put("a", 1)

    clock.turn(2.1)

    assert cache.get("a") is None


def test_all_caches_are_told_by_name() -> None:
    caches = Caches(MEMORY_BYTES)
    facts: Cache[str, int] = caches.make("facts", lambda *_: 100)
    caches.add("store", lambda: 7)

    facts.put("a", 1)

    assert caches.sizes() == {"facts": ENTRY_BYTES + 100, "store": 7}


def to_page(number: int, entry: Callable[[int], Entry], count: int) -> Page:
    entries = tuple(entry(number * count + place) for place in range(count))
    return Page(entries=entries, is_last=True, asked_at=1.0, received_at=1.0).ready()


def tiny(number: int) -> Entry:
    return Entry(f"malformed:{number:024x}", None)


def plain(number: int) -> Entry:
    item_id = f"avatar:{1_738_860_389_536 + number}"
    item = GalleryItem(id=item_id, provider="avatar", kind="image", status="ready")
    return Entry(item_id, item)


def many_assets(number: int) -> Entry:
    assets = tuple(
        Asset(id=f"{number}.{n}", role="input", kind="image", status="unknown")
        for n in range(200)
    )
    media = tuple(Media(asset.id, None, f"{asset.id}.jpg") for asset in assets)
    item = GalleryItem(
        id=f"a:{number}", provider="a", kind="image", status="ready", assets=assets
    )
    return Entry(item.id, item, media)


def long_text(number: int) -> Entry:
    item = GalleryItem(
        id=f"a:{number}",
        provider="a",
        kind="image",
        status="ready",
        prompt="\U0001f600" * 20_000 + str(number),
        native={"jobs": [str(n) for n in range(100)]},
    )
    return Entry(item.id, item)


def fill_pages(caches: Caches, entry: Callable[[int], Entry], count: int) -> object:
    pages: Cache[str, Page] = caches.make("pages", lambda _, page: page.size_bytes)
    for number in range(4_000 // count):
        pages.put(f"page:{number}", to_page(number, entry, count))
    return pages


def fill_rendered(caches: Caches) -> object:
    clock = FakeClock()
    stores = Stores(own=MemoryStore(limit_bytes=0, clock=clock), shared=None, news=None)  # type: ignore[arg-type]  # not asked
    assert stores.caches is not caches

    class News:
        is_current = True

    pages = RenderedPages(caches=caches, clock=clock, news=News())  # type: ignore[arg-type]  # what is used
    for number in range(2_000):
        page = Rendered(
            body=b"{}",
            etag=f"{number}",
            headers={"link": "<" + "x" * 1_000 + f"{number}>"},
            good_until=clock.now() + 60,
        )
        assert page.steady_headers
        assert page.packed is None
        pages.put("acme", b"q=" + b"x" * 4_000 + str(number).encode(), page)
    return pages


def fill_facts(caches: Caches) -> object:
    clock = FakeClock()
    own = MemoryStore(limit_bytes=0, clock=clock)
    facts = Facts(Stores(own=own, shared=None, news=None, caches=caches), clock)  # type: ignore[arg-type]  # not asked
    for number in range(5_000):
        link = Link(
            "acme", b"account!", f"a:{number}", None, "x" * 500, "full", b"v", 1
        )
        facts.note(link, placeholder="p" * 40 + str(number), width=number + 1_000)
        facts.note_format(link, Format("image", "image/jpeg", "jpg"))
    return facts


def fill_checked(caches: Caches) -> object:
    checked: Cache[str, Validity] = caches.make("checked", lambda key, _: len(key) + 50)
    for number in range(20_000):
        checked.put(f'"{number:064x}"', Validity())
    return checked


def fill_ahead(caches: Caches) -> object:
    listing = Listing(request=NoFilters())
    standing = Standing("a")
    asked = ListRequest(account=account_of("a"), listing=listing)
    aheads = Aheads(FakeClock(), caches)

    def to_part() -> Part:
        lane = Lane(0, listing, Query(), standing, Allowance(10, 5))
        return Part(standing, lane, asked, INVALID_SPAN)

    async def fill(number: int) -> None:
        page = to_page(number, plain, 10)

        async def read_on(part: Part) -> None:
            await asyncio.sleep(0)
            part.steps.append(Step(number, Reading(page, is_new=True)))

        aheads.begin(f"{number:032x}", to_part, Validity(), read_on)
        await aheads.settle()

    async def fill_all() -> None:
        for number in range(400):
            await fill(number)

    asyncio.run(fill_all())
    return aheads


FILLED: dict[str, Callable[[Caches], object]] = {
    "pages of nothing": lambda caches: fill_pages(caches, tiny, 100),
    "pages of plain items": lambda caches: fill_pages(caches, plain, 100),
    "pages of assets": lambda caches: fill_pages(caches, many_assets, 10),
    "pages of texts": lambda caches: fill_pages(caches, long_text, 10),
    "ahead": fill_ahead,
    "rendered": fill_rendered,
    "facts": fill_facts,
    "checked": fill_checked,
}


@pytest.mark.parametrize("name", FILLED)
def test_a_cache_takes_no_more_than_it_counts(name: str) -> None:
    caches = Caches(MEMORY_BYTES)
    gc.collect()
    tracemalloc.start()
    try:
        filled = FILLED[name](caches)
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    counted = sum(caches.sizes().values())
    share = sum(caches.share(each) for each in caches.sizes())
    print(f"\n  {name}: {taken:,} bytes taken, {counted:,} counted of {share:,}")  # noqa: T201  # figures
    assert filled
    assert counted > share * 0.4
    assert counted <= share
    assert taken <= counted * 1.1
