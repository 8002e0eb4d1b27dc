"""Sandboxes behind proxies that break their answers, and one gateway over those."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from msgspec import Struct

from gateway.adapters.plugins import find_plugins
from gateway.bootstrap import build
from gateway.settings import load
from tests.api.world import PROVIDERS, Page, serve_sandboxes, source_of
from tests.fakes import FakeClock
from tests.faults.faults import Fault
from tests.faults.proxy import Proxy
from tests.plain import NO_TLS
from tests.sandbox.serving import LIST_PATH, serve
from tests.stack.gateways import KEY, document, ids_of, write
from tests.stack.processes import wait_until

DEADLINE_SECONDS, PATIENCE_SECONDS = 3.0, 1.0
"""Long enough for what is well to answer in, however busy the machine is."""
_OLD_SECONDS = 4_000.0
"""After that nothing that was kept is good, even for bad days."""
_SETTINGS: Mapping[str, Mapping[str, object]] = {
    "gallery": {
        "deadline_seconds": DEADLINE_SECONDS,
        "patience_seconds": PATIENCE_SECONDS,
    },
    "cache": {"fresh_seconds": 30.0, "stale_while_revalidate_seconds": 0.0},
    "limits": {"requests_per_minute": 1_000_000},
}
_PROVIDER = {"timeout_seconds": 2.0, "breaker_failures": 1_000_000}


class Harbour(Struct, frozen=True, kw_only=True):
    """A gateway over proxies; its clock stands until it is turned."""

    client: httpx.Client
    clock: FakeClock
    proxies: Mapping[str, Proxy]
    sandboxes: Mapping[str, httpx.Client]
    portal: BlockingPortal

    def get(self, **parameters: Any) -> httpx.Response:
        return self.client.get("/v1/gallery", params=parameters)

    def page(self, **parameters: Any) -> Page:
        answer = self.get(**parameters)
        assert answer.status_code == 200, answer.text
        page: Page = answer.json()
        return page

    def crawl(self, first: Page) -> list[str]:
        """Return the ids from a page on to the crawl's end."""
        ids, page = ids_of(first), first
        while page["next_cursor"] is not None:
            page = self._go_on(page["next_cursor"])
            ids += ids_of(page)
        return ids

    def _go_on(self, cursor: str) -> Page:
        """Ask for the next page; once more later, as a call from before may have failed."""
        answer = self.get(cursor=cursor, limit=90)
        if answer.status_code == 503:
            self.clock.turn(float(answer.headers["retry-after"]))
            return self.page(cursor=cursor, limit=90)
        assert answer.status_code == 200, answer.text
        page: Page = answer.json()
        return page

    def truth(self, provider: str) -> list[str]:
        answer = self.sandboxes[provider].get("/_sandbox/items").json()
        return [f"{provider}:{native}" for native in answer["ids"]]

    def suffer(self, provider: str, fault: Fault) -> None:
        proxy = self.proxies[provider]
        self.portal.call(proxy.break_with, fault.play, fault.times)

    def heal(self) -> None:
        """End all faults, and wait until each source has answered well again."""
        for proxy in self.proxies.values():
            self.portal.call(proxy.heal)

        def is_well() -> bool:
            self.clock.turn(120)
            page = self.page(limit=1)
            return all(source_of(page, n)["state"] == "fresh" for n in PROVIDERS)

        wait_until(is_well, "every source to be fresh again")

    def forget(self) -> None:
        """Let nothing be left in the cache that could be used."""
        self.clock.turn(_OLD_SECONDS)


@pytest.fixture(scope="session")
def running_harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    clock = FakeClock(1_780_000_000.0)
    with ExitStack() as stack:
        portal = stack.enter_context(start_blocking_portal())
        sandboxes = stack.enter_context(serve_sandboxes(portal))
        proxies = {
            name: Proxy(client.base_url.port or 0, LIST_PATH[name])
            for name, client in sandboxes.items()
        }
        for proxy in proxies.values():
            portal.call(proxy.open)
            stack.callback(portal.call, proxy.close)
        addresses = {n: f"http://127.0.0.1:{p.port}" for n, p in proxies.items()}
        whole = document(addresses, **_SETTINGS)
        for name in PROVIDERS:
            whole["providers"][name] |= _PROVIDER
        path = write(tmp_path_factory.mktemp("harbour"), whole)
        app: Any = build(load(path, find_plugins(), {}), clock).app
        serving = portal.wrap_async_context_manager(serve(app))
        address = str(stack.enter_context(serving).base_url)
        headers = {"x-api-key": KEY}
        client = httpx.Client(
            verify=NO_TLS, base_url=address, headers=headers, timeout=20
        )
        yield Harbour(
            client=stack.enter_context(client),
            clock=clock,
            proxies=proxies,
            sandboxes=sandboxes,
            portal=portal,
        )


@pytest.fixture
def harbour(running_harbour: Harbour) -> Iterator[Harbour]:
    """The gateway, well; what it has cached is good for nothing but bad days."""
    running_harbour.heal()
    yield running_harbour
    for proxy in running_harbour.proxies.values():
        running_harbour.portal.call(proxy.heal)
