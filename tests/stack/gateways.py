"""A gateway's configuration over running sandboxes, and a caller of it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct

from gateway.settings import hash_key
from tests import plain
from tests.settings.documents import to_toml
from tests.stack.processes import BOUND_SECONDS, Command, Commands
from tests.tcp_ports import reserve_port

NAMES = ("hyper3d", "avatar", "piktid")
PATH = {"hyper3d": "/api", "avatar": "", "piktid": ""}
CREDENTIAL = {
    "hyper3d": {"email": "demo@example.com", "password": "demo"},
    "avatar": {"email": "demo@example.com"},
    "piktid": {"token": "demo"},
}
KEY = "s3cret-key-of-the-caller"
SIGNING_KEY = "s3cret-signing-key-of-32-bytes-or-more"


def document(upstreams: Mapping[str, str], **tables: object) -> dict[str, Any]:
    """Return a configuration over sandboxes, by their addresses."""
    return {
        "secrets": {"signing_keys": [SIGNING_KEY]},
        "providers": {
            name: {"base_url": address + PATH[name], "allow_private_addresses": True}
            for name, address in upstreams.items()
        },
        "tenants": [
            {
                "name": "acme",
                "keys": [{"name": "web", "hash": hash_key(KEY)}],
                "credentials": {name: CREDENTIAL[name] for name in upstreams},
            }
        ],
        **tables,
    }


def write(folder: Path, whole: dict[str, Any], name: str = "gateway.toml") -> Path:
    path = folder / name
    path.write_text(to_toml(whole), encoding="utf-8")
    return path


class Gateway(Struct, frozen=True, kw_only=True):
    """A running `serve`, and how to call it."""

    command: Command
    address: str
    key: str | None = KEY

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """Ask over a connection of its own."""
        return plain.get(
            self.address + path,
            params=parameters or None,
            headers={"x-api-key": self.key} if self.key else {},
            timeout=BOUND_SECONDS,
        )

    def page(self, cursor: str | None = None, **parameters: Any) -> dict[str, Any]:
        if cursor is not None:
            parameters["cursor"] = cursor
        answer = self.get("/v1/gallery", **parameters)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    def crawl(self, cursor: str | None = None, **parameters: Any) -> list[str]:
        """Return the ids from a cursor on, to the crawl's end."""
        page = self.page(cursor, **parameters)
        ids = ids_of(page)
        for _ in range(200):
            if page["next_cursor"] is None:
                assert page["complete"], page["sources"]
                return ids
            page = self.page(page["next_cursor"], **parameters)
            ids += ids_of(page)
        raise AssertionError("the crawl has no end")


def serve(
    commands: Commands,
    configuration: Path,
    *options: str,
    environment: Mapping[str, str] | None = None,
    descriptors: int | None = None,
) -> Gateway:
    port = str(reserve_port())
    command = commands.start(
        "serve",
        "--config",
        configuration,
        "--port",
        port,
        *options,
        environment=environment,
        descriptors=descriptors,
    )
    address = f"http://127.0.0.1:{port}"
    command.until_it_answers(f"{address}/health/ready")
    return Gateway(command=command, address=address)


def start_demo(commands: Commands, folder: Path, *options: str) -> Command:
    demo = commands.start(
        "demo",
        "--port",
        str(reserve_port()),
        *options,
        cwd=folder,
        environment={"TMPDIR": str(folder), "HOME": str(folder)},
    )
    demo.until(lambda: "Ctrl-C" in demo.out, "the demo's first words")
    return demo


def to_address(demo: Command) -> str:
    return re.findall(r"http://\S+(?=/v1/gallery )", demo.out)[0]


def to_demo_key(demo: Command) -> str:
    """Return the key that may write, which the demo prints."""
    return re.findall(r"a key that may write +(\S+)", demo.out)[0]


def ids_of(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["items"]]


def items_of(upstreams: Mapping[str, str]) -> set[str]:
    """Return the gateway's ids of all that the sandboxes hold."""
    return {
        f"{name}:{native}"
        for name, address in upstreams.items()
        for native in plain.get(f"{address}/_sandbox/items").json()["ids"]
    }


def tell(address: str, what: str, **told: object) -> None:
    answer = plain.post(f"{address}/_sandbox/{what}", json=told, timeout=30)
    assert answer.status_code == 200, answer.text


def traffic(address: str) -> dict[str, Any]:
    ledger: dict[str, Any] = plain.get(f"{address}/_sandbox").json()
    return ledger
