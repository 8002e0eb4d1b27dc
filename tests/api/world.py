"""A gateway over the three sandboxes, all on real sockets of a thread of their own.

Tests are plain functions: they call with a client that blocks, and turn the clock.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal
from msgspec import Struct

from gateway.adapters.plugins import find_plugins
from gateway.bootstrap import build
from gateway.plugin.model import to_item_id, to_native_id
from gateway.settings import Settings, hash_key, load
from tests.fakes import FakeClock
from tests.plain import NO_TLS
from tests.sandbox.serving import CREATE, serve

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PROVIDERS = ("hyper3d", "avatar", "piktid")
ITEMS = {"hyper3d": 120, "avatar": 60, "piktid": 90}
READER, WRITER, EXPIRED, BARE = "reader", "writer", "expired", "bare"
OTHER, CROSSED, BLOCKED = "other", "crossed", "blocked"
OPERATOR, NEWCOMER = "operator", "newcomer"
MINTER, OTHER_MINTER = "minter", "other-minter"

EMAIL = re.compile(r"[\w.+-]+(@|%40)[\w-]+\.\w")
Parameters = Sequence[tuple[str, str]]
Page = dict[str, Any]

_CONFIGURATION = """
[server]
cors_origins = ["http://localhost:*", "https://gallery.example", "http://[::1]:*"]
anonymous_tenant = "{anonymous}"
trusted_proxies = ["127.0.0.0/8", "10.1.0.0/16"]
public_url = "{public_url}"
viewer = {viewer}

[gallery]
deadline_seconds = 3.0
patience_seconds = 2.0

[limits]
requests_per_minute = {per_minute}

[secrets]
signing_keys = ["an-old-secret-of-32-bytes-or-more!!"]

[providers.hyper3d]
base_url = "{hyper3d}/api"
allow_private_addresses = true

[providers.avatar]
base_url = "{avatar}"
media_hosts = ["127.0.0.1"]
allow_private_addresses = true

[providers.piktid]
base_url = "{piktid}"
page_size = 20
allow_private_addresses = true

[[tenants]]
name = "acme"

[[tenants.keys]]
name = "reader"
hash = "{reader}"

[[tenants.keys]]
name = "writer"
hash = "{writer}"
scopes = ["gallery:read", "gallery:write"]

[[tenants.keys]]
name = "expired"
hash = "{expired}"
expires = 2026-06-01

[[tenants.keys]]
name = "minter"
hash = "{minter}"
scopes = ["gallery:read", "gallery:write", "tokens:write"]

[[tenants.keys]]
name = "bare"
hash = "{bare}"
scopes = []

[[tenants.keys]]
name = "operator"
hash = "{operator}"
scopes = [
  "gallery:read",
  "gallery:write",
  "account:read",
  "account:write",
  "jobs:write",
  "catalog:write",
]

[tenants.credentials.hyper3d]
email = "demo@example.com"
password = "demo"

[tenants.credentials.avatar]
email = "demo@example.com"

[tenants.credentials.piktid]
token = "demo"

[[tenants]]
name = "newcomer"

[[tenants.keys]]
name = "newcomer"
hash = "{newcomer}"
scopes = ["gallery:read", "account:read", "account:write", "jobs:write"]

[tenants.credentials.avatar]
email = "newcomer@example.com"

[[tenants]]
name = "other"

[[tenants.keys]]
name = "other"
hash = "{other}"

[[tenants.keys]]
name = "other-minter"
hash = "{other_minter}"
scopes = ["gallery:read", "tokens:write"]

[tenants.credentials.piktid]
token = "demo"

[[tenants]]
name = "crossed"

[[tenants.keys]]
name = "crossed"
hash = "{crossed}"

[tenants.credentials.hyper3d]
email = "demo@example.com"
password = "wrong"

[tenants.credentials.piktid]
token = "demo"

[[tenants]]
name = "blocked"

[[tenants.keys]]
name = "blocked"
hash = "{blocked}"

[tenants.credentials.hyper3d]
email = "demo@example.com"
password = "wrong"

[tenants.credentials.avatar]
email = "nobody@example.com"

[tenants.credentials.piktid]
token = "wrong"
"""


class World(Struct, frozen=True, kw_only=True):
    """A gateway (whose client sends no key by itself), its sandboxes, its clock."""

    gateway: httpx.Client
    sandboxes: Mapping[str, httpx.Client]
    clock: FakeClock

    def get(
        self,
        path: str,
        params: Parameters = (),
        *,
        key: str | None = READER,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        sent = dict(headers or {})
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        address = f"{path}?{httpx.QueryParams(list(params))}" if params else path
        return self.gateway.get(address, headers=sent)

    def operate(
        self,
        operation: str,
        body: object = None,
        *,
        key: str = OPERATOR,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """Carry out one of avatar's operations: a reading one where there is no body."""
        path = f"/v1/providers/avatar/operations/{operation}"
        sent = {"Authorization": f"Bearer {key}", **(headers or {})}
        if body is None and content is None:
            return self.gateway.get(path, headers=sent)
        if content is None:
            return self.gateway.post(path, json=body, headers=sent)
        return self.gateway.post(path, content=content, headers=sent)

    def page(
        self,
        params: Parameters = (),
        *,
        key: str | None = READER,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        answer = self.get("/v1/gallery", params, key=key, headers=headers)
        assert answer.status_code == 200, answer.text
        page: Page = answer.json()
        return page

    def crawl(
        self,
        params: Parameters = (),
        *,
        key: str | None = READER,
        cursor: str | None = None,
        between: Callable[[int], object] = lambda _: None,
    ) -> list[Page]:
        """All pages to the end; `between` is told how many there were so far."""
        pages: list[Page] = []
        while len(pages) < 400:
            turned = [("cursor", cursor)] if cursor else []
            pages.append(self.page([*params, *turned], key=key))
            cursor = pages[-1]["next_cursor"]
            if cursor is None:
                return pages
            between(len(pages))
        raise AssertionError("the crawl has no end")

    def tell(self, provider: str, what: str, **told: object) -> Any:
        answer = self.sandboxes[provider].post(f"/_sandbox/{what}", json=told)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, provider: str) -> Any:
        """The sandbox's counters."""
        return self.sandboxes[provider].get("/_sandbox").json()

    def add(self, provider: str, count: int = 1) -> list[str]:
        added = self.tell(provider, "items", count=count)["ids"]
        return [to_item_id(provider, native) for native in added]

    def delete(self, provider: str, item_ids: Sequence[str]) -> None:
        natives = [to_native_id(item_id) for item_id in item_ids]
        ids = [native[1] for native in natives if native]
        assert self.tell(provider, "delete", ids=ids)["deleted"] == len(ids)

    def truth(self, provider: str) -> list[str]:
        """The ids of the items that the sandbox holds, in its own order."""
        ids = self.sandboxes[provider].get("/_sandbox/items").json()["ids"]
        return [to_item_id(provider, native) for native in ids]

    def truths(self) -> list[str]:
        return [item_id for name in PROVIDERS for item_id in self.truth(name)]

    def reset(self) -> None:
        for name in self.sandboxes:
            self.tell(name, "reset")

    def heal(self) -> None:
        """End all faults, and let what was put off because of them be due."""
        self.reset()
        self.clock.turn(120)


@contextmanager
def serve_sandboxes(portal: BlockingPortal) -> Iterator[dict[str, httpx.Client]]:
    with ExitStack() as stack:
        clients = {}
        for name in PROVIDERS:
            app = CREATE[name](items=ITEMS[name], now=lambda: NOW)
            serving = portal.wrap_async_context_manager(serve(app))
            address = str(stack.enter_context(serving).base_url)
            client = httpx.Client(verify=NO_TLS, base_url=address, timeout=10)
            clients[name] = stack.enter_context(client)
        yield clients


@contextmanager
def serve_gateway(
    portal: BlockingPortal,
    sandboxes: Mapping[str, httpx.Client],
    folder: Path,
    **told: object,
) -> Iterator[World]:
    """Serve a gateway; `told` is what its configuration has in place of the usual."""
    clock = FakeClock(NOW.timestamp())
    settings = to_settings(sandboxes, folder, **told)
    with ExitStack() as stack:
        app: Any = build(settings, clock).app
        serving = portal.wrap_async_context_manager(serve(app))
        address = str(stack.enter_context(serving).base_url)
        client = stack.enter_context(
            httpx.Client(verify=NO_TLS, base_url=address, timeout=20)
        )
        yield World(gateway=client, sandboxes=sandboxes, clock=clock)


def to_settings(
    sandboxes: Mapping[str, httpx.Client], folder: Path, **told: object
) -> Settings:
    addresses = {
        name: str(client.base_url).rstrip("/") for name, client in sandboxes.items()
    }
    keys = (READER, WRITER, EXPIRED, BARE, OTHER, CROSSED, BLOCKED, OPERATOR, NEWCOMER)
    keys = (*keys, MINTER, OTHER_MINTER)
    hashes = {key.replace("-", "_"): hash_key(key) for key in keys}
    path = folder / "gateway.toml"
    usual = {
        "anonymous": "",
        "per_minute": 1_000_000,
        "public_url": "",
        "viewer": "true",
    }
    filled = usual | told | addresses | hashes
    path.write_text(_CONFIGURATION.format(**filled))
    return load(path, find_plugins(), {})


def items_of(pages: Sequence[Page]) -> list[dict[str, Any]]:
    return [item for page in pages for item in page["items"]]


def ids_of(pages: Sequence[Page]) -> list[str]:
    return [item["id"] for item in items_of(pages)]


def source_of(page: Page, provider: str) -> dict[str, Any]:
    (source,) = [s for s in page["sources"] if s["provider"] == provider]
    found: dict[str, Any] = source
    return found


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == f"/problems/{code}"
    assert (problem["code"], problem["status"]) == (code, status)
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["cache-control"] == "no-store"
    return problem
