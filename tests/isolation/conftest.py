"""Gateways over an upstream where everybody sees what bears their own name."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from gateway.adapters.plugins import find_plugins
from gateway.bootstrap import Gateway, build
from gateway.settings import hash_key, load
from tests.isolation.people import PATHS, People, Person
from tests.plain import NO_TLS
from tests.sandbox.serving import serve
from tests.settings.documents import to_toml

TENANTS = ("acme", "globex")
SCOPES = [
    *("gallery:read", "gallery:write", "tokens:write"),
    *("account:read", "account:write", "jobs:write"),
]
Serve: TypeAlias = Callable[..., AbstractContextManager["Served"]]


class Served:
    """A gateway, how to call it, and the upstream behind it."""

    def __init__(self, gateway: Gateway, client: httpx.Client, people: People) -> None:
        self.gateway = gateway
        self.client = client
        self.people = people

    def ask(
        self, path: str, key: str | None, method: str = "GET", **sent: Any
    ) -> httpx.Response:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return self.client.request(method, path, headers=headers, **sent)

    def mint(self, tenant: str, person: Person, **asked: Any) -> str:
        body = {"credentials": person.credentials, "subject": person.name, **asked}
        made = self.ask("/v1/tokens", f"key of {tenant}", "POST", json=body)
        assert made.status_code == 201, made.text
        token: str = made.json()["token"]
        return token


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture(scope="module")
def serve_people(
    portal: BlockingPortal, tmp_path_factory: pytest.TempPathFactory
) -> Serve:
    @contextmanager
    def serving(
        people: Sequence[Person], *, items: int = 30, **tables: object
    ) -> Iterator[Served]:
        with ExitStack() as stack:
            upstream = People(people, items=items)
            running = portal.wrap_async_context_manager(serve(upstream.app()))
            upstream.address = str(stack.enter_context(running).base_url).rstrip("/")
            folder = tmp_path_factory.mktemp("people")
            settings = load(
                _write(folder, upstream.address, tables), find_plugins(), {}
            )
            gateway = build(settings)
            app: Any = gateway.app
            running = portal.wrap_async_context_manager(serve(app))
            address = str(stack.enter_context(running).base_url)
            client = httpx.Client(verify=NO_TLS, base_url=address, timeout=30)
            yield Served(gateway, stack.enter_context(client), upstream)

    return serving


def _write(folder: Path, address: str, tables: dict[str, object]) -> Path:
    """Write a configuration whose tenants have accounts of their own, like persons."""
    own = {name: Person(name=name, number=80 + n) for n, name in enumerate(TENANTS)}
    document = {
        "secrets": {"signing_keys": ["s3cret-signing-key-of-32-bytes-or-more"]},
        "limits": {"requests_per_minute": 1_000_000},
        "providers": {
            name: {
                "base_url": address + path,
                "media_hosts": ["127.0.0.1"],
                "allow_private_addresses": True,
            }
            for name, path in PATHS.items()
        },
        "tenants": [
            {
                "name": name,
                "keys": [
                    {
                        "name": "web",
                        "hash": hash_key(f"key of {name}"),
                        "scopes": SCOPES,
                    }
                ],
                "credentials": own[name].credentials,
            }
            for name in TENANTS
        ],
        **tables,
    }
    path = folder / "gateway.toml"
    path.write_text(to_toml(document), encoding="utf-8")
    return path
