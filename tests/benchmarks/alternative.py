"""The same gallery done the obvious way: FastAPI, httpx and a Redis cache decorator.

Page N is page N of each upstream, concatenated and sorted. What can be done well in so
few lines is: upstreams are asked at once, logins are kept and renewed, an upstream that
fails does not take the others along, and answers are kept as bytes, ready to send.
"""

import asyncio
import functools
import hmac
import itertools
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Response
from redis.asyncio import Redis

Item = dict[str, Any]
PAGE_SIZE = 24
"""Hyper3D's, so that all three give as many."""
_LOGINS = {
    "hyper3d": ("/api/user/login", {"email": "demo@example.com", "password": "demo"}),
    "avatar": ("/login", {"email": "demo@example.com"}),
}


def cached(redis: Redis, seconds: int) -> Callable[[Any], Any]:
    """Keep a function's bytes in Redis by its arguments."""

    def decorate(function: Callable[..., Awaitable[bytes]]) -> Any:
        @functools.wraps(function)
        async def wrapper(*arguments: object) -> Any:
            key = f"{function.__name__}:{arguments}"
            kept: Any = await redis.get(key)
            if kept is None:
                kept = await function(*arguments)
                await redis.set(key, kept, ex=seconds)
            return kept

        return wrapper

    return decorate


class Upstreams:
    """The three services, with a token for each that logs in."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self._client = httpx.AsyncClient(timeout=10)
        self._addresses = addresses
        self._tokens = {"piktid": "demo"}

    async def read(self, page: int) -> list[list[Item] | BaseException]:
        reads = (self._read_hyper3d, self._read_avatar, self._read_piktid)
        return await asyncio.gather(
            *(read(page) for read in reads), return_exceptions=True
        )

    async def _read_hyper3d(self, page: int) -> list[Item]:
        body = {"page_num": page, "type": "Mine"}
        cards = await self._call("hyper3d", "POST", "/api/task/cards", json=body)
        return [
            to_item("hyper3d", card["task_uuid"], card["time"], card) for card in cards
        ]

    async def _read_avatar(self, page: int) -> list[Item]:
        entries = (await self._call("avatar", "GET", "/get_gallery"))["gallery_urls"]
        entries.sort(key=lambda entry: entry["url"], reverse=True)
        shown = entries[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
        return [
            to_item("avatar", one["url"], to_time(one["url"]), one) for one in shown
        ]

    async def _read_piktid(self, page: int) -> list[Item]:
        params = {"page": page + 1, "per_page": PAGE_SIZE, "max_images_per_job": 4}
        answer = await self._call("piktid", "GET", "/gallery/by-job", params=params)
        return [
            to_item("piktid", job["job_id"], job["created_at"] + "Z", job)
            for job in answer["jobs"]
        ]

    async def _call(self, name: str, method: str, path: str, **options: Any) -> Any:
        """Call with the token; log in for a first one, and once more where it is void."""
        address = self._addresses[name]
        for _ in range(2):
            if name not in self._tokens:
                where, who = _LOGINS[name]
                login = await self._client.post(address + where, json=who)
                self._tokens[name] = login.raise_for_status().json()["token"]
            headers = {"Authorization": f"Bearer {self._tokens[name]}"}
            answer = await self._client.request(
                method, address + path, headers=headers, **options
            )
            if answer.status_code != 401 or name not in _LOGINS:
                break
            self._tokens.pop(name, None)
        return answer.raise_for_status().json()


def to_time(url: str) -> str:
    return datetime.fromtimestamp(int(url.partition("-")[0]) / 1000, UTC).isoformat()


def to_item(provider: str, native_id: str, created_at: str, entry: Item) -> Item:
    kept = ("title", "prompt", "type", "image_url", "video_url", "images")
    moment = datetime.fromisoformat(created_at).isoformat("T", "milliseconds")
    return {
        "id": f"{provider}:{native_id}",
        "provider": provider,
        "created_at": moment,
        "status": entry.get("job_status") or entry.get("user_state"),
        **{name: entry.get(name) for name in kept},
    }


def create_app(
    addresses: dict[str, str], redis_url: str, *, key: str, cache_seconds: int
) -> FastAPI:
    upstreams, redis = Upstreams(addresses), Redis.from_url(redis_url)
    app = FastAPI()

    def check_key(authorization: Annotated[str, Header()] = "") -> None:
        if not hmac.compare_digest(authorization, f"Bearer {key}"):
            raise HTTPException(401)

    @cached(redis, cache_seconds)
    async def read_page(page: int) -> bytes:
        pages = await upstreams.read(page)
        found = [items for items in pages if isinstance(items, list)]
        items = sorted(
            itertools.chain(*found), key=lambda one: one["created_at"], reverse=True
        )
        failed = len(pages) - len(found)
        return json.dumps({"page": page, "failed": failed, "items": items}).encode()

    @app.get("/v1/gallery", dependencies=[Depends(check_key)])
    async def get_gallery(page: Annotated[int, Query(ge=0)] = 0) -> Response:
        return Response(await read_page(page), media_type="application/json")

    return app
