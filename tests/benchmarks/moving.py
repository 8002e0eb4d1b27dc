"""Crawls while the lists move: what is lost, and what comes twice."""

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
from msgspec import Struct

from tests.benchmarks import configuration
from tests.stack.gateways import items_of, tell

MOST_PAGES = 100
_MOVED = (0, 4)
"""How many are added, and deleted, in each list before each page."""
Page = Sequence[Mapping[str, Any]]


class Crawled(Struct, frozen=True, kw_only=True):
    """What crawls came to; `there` counts the items that stayed all the while."""

    there: int = 0
    lost: int = 0
    repeated: int = 0
    misplaced: int = 0

    def __add__(self, other: "Crawled") -> "Crawled":
        return Crawled(
            there=self.there + other.there,
            lost=self.lost + other.lost,
            repeated=self.repeated + other.repeated,
            misplaced=self.misplaced + other.misplaced,
        )

    def __str__(self) -> str:
        return (
            f"{self.lost} lost of {self.there}, {self.repeated} repeated,"
            f" {self.misplaced} behind an older one"
        )


def crawl_gateway(
    address: str, sandboxes: Mapping[str, str], seed: int, limit: int
) -> Crawled:
    """Go by the cursor."""

    def pages(client: httpx.Client) -> Iterator[Page]:
        query: dict[str, str | int] = {"limit": limit, "assets_limit": 0}
        while True:
            page = _get(client, address, query)
            yield page["items"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    with httpx.Client(headers=configuration.HEADERS, timeout=30) as client:
        return _crawl(pages(client), sandboxes, seed)


def crawl_pages(address: str, sandboxes: Mapping[str, str], seed: int) -> Crawled:
    """Go by page numbers, until a page is empty."""

    def pages(client: httpx.Client) -> Iterator[Page]:
        for number in itertools.count():
            items = _get(client, address, {"page": number})["items"]
            if not items:
                return
            yield items

    with httpx.Client(headers=configuration.HEADERS, timeout=30) as client:
        return _crawl(pages(client), sandboxes, seed)


def _crawl(pages: Iterator[Page], sandboxes: Mapping[str, str], seed: int) -> Crawled:
    chance = random.Random(seed)  # noqa: S311  # the same each time
    before = items_of(sandboxes)
    seen: list[Mapping[str, Any]] = []
    for page in itertools.islice(pages, MOST_PAGES):
        seen += page
        _move(sandboxes, chance)
    there = before & items_of(sandboxes)
    ids = [item["id"] for item in seen]
    times = [item["created_at"] for item in seen if item["created_at"]]
    return Crawled(
        there=len(there),
        lost=len(there - set(ids)),
        repeated=len(ids) - len(set(ids)),
        misplaced=sum(one < other for one, other in itertools.pairwise(times)),
    )


def _move(sandboxes: Mapping[str, str], chance: random.Random) -> None:
    """Add to each list at the top, and delete from it anywhere."""
    for address in sandboxes.values():
        added, deleted = chance.randint(*_MOVED), chance.randint(*_MOVED)
        if added:
            tell(address, "items", count=added)
        ids = httpx.get(f"{address}/_sandbox/items").json()["ids"]
        tell(address, "delete", ids=chance.sample(ids, deleted))


def _get(
    client: httpx.Client, address: str, query: Mapping[str, str | int]
) -> dict[str, Any]:
    answer = client.get(f"{address}/v1/gallery", params=dict(query))
    page: dict[str, Any] = answer.raise_for_status().json()
    return page
