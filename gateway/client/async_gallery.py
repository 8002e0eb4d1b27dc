"""The gallery for asyncio: the shell of `gallery.py`, over `httpx.AsyncClient`."""

import asyncio
import uuid
from collections.abc import Iterable, Mapping
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from gateway.client.core import jobs, requests
from gateway.client.core.crawl import Crawl, OnPage
from gateway.client.core.errors import ConnectionFailedError
from gateway.client.core.exchange import Call, Flow, Reply, Sink
from gateway.client.core.query import Filter, to_query
from gateway.client.core.structs import Job, Json, Provider, Token
from gateway.client.core.transfer import OnProgress, downloading
from gateway.client.files import PartFile
from gateway.client.following import AsyncJobHandle
from gateway.client.iteration import AsyncItems
from gateway.client.transport import (
    Address,
    Bound,
    to_failed,
    to_head,
    to_link,
    to_policy,
    to_reply,
)
from gateway.plugin.model import Asset, GalleryItem, GalleryPage

T = TypeVar("T")


class AsyncGallery:
    """A gallery gateway, asked without blocking: `Gallery` tells of each method."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout_seconds: float = 30.0,
        retries: int = 2,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        """`key` may be a token, too. A client that is given is used, and left open."""
        self._address = Address(url, key)
        self._policy = to_policy(timeout_seconds, retries)
        self._owns_http = http is None
        self._http = httpx.AsyncClient() if http is None else http

    async def page(
        self, *, limit: int = 24, cursor: str | None = None, **filters: Filter
    ) -> GalleryPage:
        """Read one page; `next_cursor` leads to the next, with the same filters."""
        return await self._run(requests.page(limit, cursor, filters, self._policy))

    def items(
        self,
        *,
        cursor: str | None = None,
        page_limit: int = 100,
        wait_seconds: float = 300.0,
        on_page: OnPage | None = None,
        **filters: Filter,
    ) -> AsyncItems:
        """Iterate over all items, from a saved cursor on if there is one.

        Where only failing sources are left, and where the gateway wants fewer requests,
        it is waited for as `Retry-After` says, for `wait_seconds` in all; a gateway that
        is away in mid-crawl, likewise. Then the error is raised. `on_page` is told each
        page, whose `sources` say how each provider fares.
        """
        crawl = Crawl(
            to_query(filters),
            cursor=cursor,
            page_limit=page_limit,
            wait_seconds=wait_seconds,
            on_page=on_page,
        )
        return AsyncItems(crawl, self._policy, self._run)

    async def item(self, item_id: str, *, include: Filter = None) -> GalleryItem:
        """Read one item, with all its assets."""
        query = to_query({"include": include})
        return await self._run(requests.item(item_id, query, self._policy))

    async def delete(self, item_id: str) -> None:
        await self._run(requests.delete(item_id, self._policy))

    async def providers(self) -> tuple[Provider, ...]:
        return await self._run(requests.providers(self._policy))

    async def provider(self, name: str) -> Provider:
        return await self._run(requests.provider(name, self._policy))

    async def download(
        self,
        asset: Asset | str,
        path: str | Path,
        *,
        on_progress: OnProgress | None = None,
    ) -> Path:
        """Store an asset's file, or what a media link leads to.

        Until it is whole it is `path.part`, and goes on from there where it broke off, in
        another process too. `retries` counts tries in a row that bring nothing.

        Raises:
            ValueError: the asset has no file.
            OSError: it cannot be written.
        """
        with closing(PartFile(Path(path))) as part:
            await self._run(
                downloading(to_link(asset), part, on_progress, self._policy)
            )
        return Path(path)

    async def call(
        self,
        provider: str,
        operation: str,
        body: object = None,
        *,
        idempotency_key: str | None = None,
    ) -> Json:
        """Carry out a provider's operation: returns its JSON, a file's bytes, or a `Job`.

        A body is bytes, as a picture, or goes out as JSON. With an idempotency key it is
        sent again after a failure, and carried out once.
        """
        place = (provider, operation)
        return await self._run(
            requests.call(place, body, idempotency_key, self._policy)
        )

    async def submit(
        self,
        provider: str,
        operation: str,
        body: object,
        *,
        idempotency_key: str | None = None,
    ) -> AsyncJobHandle:
        """Send a job, by default with a random idempotency key."""
        place, key = (provider, operation), idempotency_key or str(uuid.uuid4())
        sight = await self._run(jobs.submit(place, body, key, self._policy))
        return AsyncJobHandle(sight, self._policy, self._run)

    async def job(self, job_id: str) -> AsyncJobHandle:
        """Find a job again by its id, in another process too."""
        sight = await self._run(jobs.refresh(job_id, self._policy))
        return AsyncJobHandle(sight, self._policy, self._run)

    async def jobs(
        self, *, status: Filter = None, provider: Filter = None
    ) -> tuple[Job, ...]:
        """Read the jobs of the last day, newest first."""
        return await self._run(jobs.jobs(status, provider, self._policy))

    async def token(
        self,
        *,
        scopes: Iterable[str] | None = None,
        ttl_seconds: int | None = None,
        subject: str | None = None,
        credentials: Mapping[str, Any] | None = None,
    ) -> Token:
        """Make a token for a browser or an end user; the key needs `tokens:write`."""
        given = {
            "scopes": None if scopes is None else list(scopes),
            "ttl_seconds": ttl_seconds,
            "subject": subject,
            "credentials": credentials,
        }
        return await self._run(requests.token(given, self._policy))

    async def close(self) -> None:
        if self._owns_http:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _run(self, flow: Flow[T]) -> T:
        """Make the calls that a flow yields."""
        try:
            call = next(flow)
            while True:
                try:
                    reply = await self._send(call)
                except ConnectionFailedError as error:
                    call = flow.throw(error)
                else:
                    call = flow.send(reply)
        except StopIteration as end:
            returned: T = end.value
            return returned

    async def _send(self, call: Call) -> Reply:
        if call.after_seconds > 0:
            await asyncio.sleep(call.after_seconds)
        bound = Bound(call, self._policy)
        asked = self._address.to_request(call, self._policy)
        try:
            request = self._http.build_request(**asked)
            response = await self._http.send(request, stream=True)
            async with aclosing(response):
                return await _receive(response, call, bound)
        except httpx.RequestError as error:
            raise to_failed(error) from error


async def _receive(response: httpx.Response, call: Call, bound: Bound) -> Reply:
    head = to_head(response)
    sink = call.into(head) if call.into else None
    if sink is not None:
        await _pour(response, sink)
        return head
    chunks = []
    async for chunk in response.aiter_bytes():
        chunks.append(chunk)
        bound.hold()
    return to_reply(head, chunks)


async def _pour(response: httpx.Response, sink: Sink) -> None:
    async for chunk in response.aiter_raw():
        await asyncio.to_thread(sink.write, chunk)
