"""A sandbox on a real socket, and how to read each one's list as its callers do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar.types import ASGIApp

from providers.avatar import sandbox as avatar
from providers.hyper3d import sandbox as hyper3d
from providers.piktid import sandbox as piktid
from tests.plain import NO_TLS
from tests.tcp_ports import release_port, reserve_port

CREATE = {
    "hyper3d": hyper3d.create_app,
    "avatar": avatar.create_app,
    "piktid": piktid.create_app,
}
LIST_PATH = {
    "hyper3d": "/api/task/cards",
    "avatar": "/get_gallery",
    "piktid": "/gallery/by-job",
}
BOUND_SECONDS = 10
CONNECTIONS = 1_024
"""How many are served at once: of its own it takes 128, and lets the others wait."""


@asynccontextmanager
async def serve(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    port = reserve_port()
    server = Server(
        app,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        backlog=CONNECTIONS,
    )
    running = asyncio.create_task(server.serve())
    try:
        await wait_until_open(port)
        address = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(
            verify=NO_TLS, base_url=address, timeout=BOUND_SECONDS
        ) as client:
            yield client
    finally:
        server.stop()
        await running
        release_port(port)


async def wait_until_open(port: int) -> None:
    async with asyncio.timeout(BOUND_SECONDS):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(0.01)


async def login(client: httpx.AsyncClient, name: str) -> dict[str, str]:
    """The headers of the ready account."""
    if name == "piktid":
        return {"Authorization": "Bearer demo"}
    path = "/api/user/login" if name == "hyper3d" else "/login"
    body = {"email": "demo@example.com", "password": "demo"}
    answer = await client.post(path, json=body)
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def list_once(
    client: httpx.AsyncClient, name: str, headers: dict[str, str]
) -> httpx.Response:
    """The first page."""
    if name == "hyper3d":
        body = {"page_num": 0, "type": "Mine"}
        return await client.post(LIST_PATH[name], json=body, headers=headers)
    return await client.get(LIST_PATH[name], headers=headers)


async def list_all(
    client: httpx.AsyncClient, name: str, headers: dict[str, str]
) -> list[object]:
    """Every entry, in the list's own order."""
    readers: dict[str, Callable[[], Awaitable[list[object]]]] = {
        "hyper3d": lambda: walk_hyper3d(client, headers),
        "avatar": lambda: read_avatar(client, headers),
        "piktid": lambda: walk_piktid(client, headers),
    }
    return await readers[name]()


async def walk_hyper3d(
    client: httpx.AsyncClient, headers: dict[str, str], **filters: object
) -> list[object]:
    found: list[object] = []
    for page in range(100):
        body = {"page_num": page, "type": "Mine", **filters}
        answer = await client.post(LIST_PATH["hyper3d"], json=body, headers=headers)
        assert answer.status_code == 201
        if not answer.json():
            return found
        found += answer.json()
    raise AssertionError("the list has no end")


async def read_avatar(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> list[object]:
    answer = await client.get("/get_gallery", headers=headers)
    entries: list[object] = answer.json()["gallery_urls"]
    return entries


async def walk_piktid(
    client: httpx.AsyncClient, headers: dict[str, str], **filters: object
) -> list[object]:
    found: list[object] = []
    for page in range(1, 100):
        params = {"page": page, **filters}
        answer = await client.get(LIST_PATH["piktid"], params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        found += answer.json()["jobs"]
        if not answer.json()["pagination"]["has_next"]:
            return found
    raise AssertionError("the list has no end")


ID_FIELD = {"hyper3d": "task_uuid", "avatar": "url", "piktid": "job_id"}


def ids_of(name: str, entries: list[object]) -> list[str]:
    """The ids of the well-formed entries."""
    found = [
        entry[ID_FIELD[name]]
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get(ID_FIELD[name]), str)
    ]
    if name == "avatar":
        found.sort(key=lambda url: int(url.partition("-")[0]), reverse=True)
    return found
