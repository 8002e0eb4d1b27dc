"""Many end users, two hundred at once: each account logs in once, within bounds."""

import asyncio
import os
from collections.abc import Sequence

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from tests.isolation.conftest import Serve, Served
from tests.isolation.people import Person
from tests.plain import NO_TLS

USERS = int(os.environ.get("GATEWAY_CROWD_USERS", "250"))
AT_ONCE = 200
CREW = [Person(name=f"user{number}", number=number) for number in range(USERS)]
MEMORY_BYTES = 64 * 2**20
MOST_CALLS = {"login avatar": 1, "list avatar": 1 + 2, "list piktid": 1 + 2}
"""For a page of four items."""


@pytest.fixture(scope="module")
def crowd(serve_people: Serve):
    cache = {"memory_bytes": MEMORY_BYTES, "fresh_seconds": 3_600}
    with serve_people(CREW, items=2, cache=cache) as served:
        yield served


async def look(address: str, tokens: Sequence[str]) -> list[str]:
    """Return everybody's first page, two hundred at a time."""
    limits = httpx.Limits(max_connections=AT_ONCE)
    turns = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(
        verify=NO_TLS, base_url=address, limits=limits, timeout=60
    ) as client:

        async def ask(token: str) -> str:
            async with turns:
                headers = {"Authorization": f"Bearer {token}", "Prefer": "wait=30"}
                answer = await client.get("/v1/gallery?require=all", headers=headers)
            assert answer.status_code == 200, answer.text
            return answer.text

        return await asyncio.gather(*map(ask, tokens))


def test_many_users_cost_a_login_each_and_no_more_memory_than_allowed(
    portal: BlockingPortal, crowd: Served
) -> None:
    tokens = [mint(crowd, person) for person in CREW]
    address = str(crowd.client.base_url)

    pages = asyncio.run(look(address, tokens))

    for person, page in zip(CREW, pages, strict=True):
        assert page.count('"id":"piktid:') == page.count('"id":"avatar:') == 2
        assert f"{person.canary}-0" in page
        assert "canary" not in page.replace(person.canary, "")
    assert_cheap(crowd)
    before = crowd.people.calls.copy()
    again = asyncio.run(look(address, tokens[-AT_ONCE:]))
    assert again == pages[-AT_ONCE:]
    assert crowd.people.calls == before
    assert_bounded(crowd)


def mint(crowd: Served, person: Person) -> str:
    brought = {name: person.credentials[name] for name in ("avatar", "piktid")}
    return crowd.mint("acme", person, credentials=brought)


def assert_cheap(crowd: Served) -> None:
    calls = crowd.people.calls
    assert len(calls) == len(MOST_CALLS) * USERS
    for (what, name), count in calls.items():
        assert count <= MOST_CALLS[what], (what, name)


def assert_bounded(crowd: Served) -> None:
    caches = crowd.gateway.services.caches
    sizes = caches.sizes()
    assert sum(sizes.values()) <= MEMORY_BYTES
    for name in ("tokens", "accounts", "logins", "generations"):
        assert 0 < sizes[name] <= caches.share(name)
