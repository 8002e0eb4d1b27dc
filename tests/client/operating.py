"""A small gateway of operations, jobs and tokens, which answers as the contract says.

The client's side is held against it in every state that is hard to bring about with a
real gateway; `tests/stack` has the real one.
"""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from anyio.from_thread import BlockingPortal
from litestar import Litestar, Request, Response, get, post, route
from litestar.datastructures import State
from litestar.params import FromPath

from tests.sandbox.serving import serve

Call = Request[object, object, State]
KEY = "operator"
ITEM = "avatar:1738860389536"
PICTURE = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 40
OPERATIONS = {
    "get_user_info": ("GET", "answer"),
    "get_avatar": ("GET", "file"),
    "get_clothes": ("POST", "answer"),
    "register": ("POST", "answer"),
    "upload_avatar": ("POST", "answer"),
    "generate": ("POST", "job"),
}
_STATUSES = {
    "invalid-parameter": 400,
    "not-found": 404,
    "method-not-allowed": 405,
    "idempotency-mismatch": 422,
    "upstream-refused": 422,
}


class Operated:
    """What was asked, and how the one job stands; `stand` moves it on."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, bytes]] = []
        self.remembered: dict[str, bytes] = {}
        self.held: list[str] = []
        self.tokens: list[Any] = []
        self.job = {
            "id": "job_1",
            "provider": "avatar",
            "operation": "generate",
            "status": "queued",
            "position": 2,
            "created_at": "2026-06-01T00:00:00.000Z",
            "finished_at": None,
            "item_ids": [],
            "error": None,
        }
        self._changed = threading.Condition()

    def stand(self, status: str, position: int | None = None) -> None:
        with self._changed:
            self.job = {**self.job, "status": status, "position": position}
            if status == "succeeded":
                self.job["item_ids"] = [ITEM]
            self._changed.notify_all()

    @property
    def etag(self) -> str:
        return f'"{self.job["status"]}-{self.job["position"]}"'

    def until_other_than(self, etag: str, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self.etag != etag, seconds)


def refuse(code: str, **told: Any) -> Response[bytes]:
    status = _STATUSES[code]
    headers = {"allow": told.pop("allow")} if "allow" in told else {}
    problem = {"type": f"/problems/{code}", "code": code, "title": f"Title of {code}"}
    body = json.dumps({**problem, "status": status, "request_id": "r-1", **told})
    kind = "application/problem+json"
    return Response(body.encode(), status_code=status, media_type=kind, headers=headers)


def respond(told: object, status: int = 200, **headers: str) -> Response[bytes]:
    spelt = {name.replace("_", "-"): value for name, value in headers.items()}
    content = json.dumps(told).encode()
    return Response(
        content, status_code=status, media_type="application/json", headers=spelt
    )


class Endpoints:
    def __init__(self, state: Operated) -> None:
        self._state = state

    def to_app(self) -> Litestar:
        path = "/v1/providers/avatar/operations/{operation:str}"
        handlers = [
            route(path, http_method=["GET", "POST"])(self.operate),
            get("/v1/jobs/{job_id:str}")(self.show),
            get("/v1/jobs")(self.list_jobs),
            post("/v1/tokens")(self.make_token),
        ]
        return Litestar(handlers, openapi_config=None)

    async def operate(self, request: Call, operation: FromPath[str]) -> Response[bytes]:
        if operation not in OPERATIONS:
            return refuse("not-found")
        method, makes = OPERATIONS[operation]
        if request.method != method:
            return refuse("method-not-allowed", allow=method)
        body = await request.body()
        self._state.bodies.append((operation, body))
        key = request.headers.get("idempotency-key")
        return self._judge(key, body) or self._carry_out(request, makes, body)

    def _judge(self, key: str | None, body: bytes) -> Response[bytes] | None:
        """Refuse a body, or answer as before; None where it is to be carried out."""
        if b"bad" in body:
            fault = {"pointer": "/prompt", "message": "expected text"}
            return refuse("invalid-parameter", errors=[fault], detail=None)
        if b"refused" in body:
            told = {"status": 422, "detail": "no hat"}
            return refuse("upstream-refused", upstream=told)
        before = self._state.remembered.get(key or "")
        if before is None:
            return None
        if before != body:
            return refuse("idempotency-mismatch")
        return respond(self._state.job, 202, idempotency_replayed="true")

    def _carry_out(self, request: Call, makes: str, body: bytes) -> Response[bytes]:
        if key := request.headers.get("idempotency-key"):
            self._state.remembered[key] = body
        match makes:
            case "job":
                headers = {"location": "/v1/jobs/job_1", "retry_after": "2"}
                return respond(self._state.job, 202, **headers)
            case "file":
                told = {"etag": '"1"'}
                return Response(PICTURE, media_type="image/jpeg", headers=told)
            case _:
                kind = request.headers.get("content-type")
                return respond({"size": len(body), "type": kind})

    async def show(self, request: Call, job_id: FromPath[str]) -> Response[bytes]:
        state = self._state
        if job_id != state.job["id"]:
            return refuse("not-found")
        wait = int(request.headers.get("prefer", "wait=0").removeprefix("wait="))
        known = request.headers.get("if-none-match")
        etag = known or state.etag
        state.held.append(f"{wait} {known}")
        await asyncio.to_thread(state.until_other_than, etag, float(wait))
        if state.etag == known:
            return Response(b"", status_code=304, headers={"etag": known})
        return respond(state.job, etag=state.etag, retry_after="2")

    async def list_jobs(self, request: Call) -> Response[bytes]:
        wanted = request.query_params.getall("status", [])
        job = self._state.job
        return respond(
            {"jobs": [job] if job["status"] in (wanted or [job["status"]]) else []}
        )

    async def make_token(self, request: Call) -> Response[bytes]:
        told = json.loads(await request.body())
        self._state.tokens.append(told)
        made = {"token": "ggt_1", "expires_at": "2026-06-01T00:15:00.000Z"}
        scopes = told.get("scopes", ["gallery:read", "jobs:write"])
        return respond({**made, "scopes": scopes, "providers": ["avatar"]}, 201)


@contextmanager
def operating(portal: BlockingPortal) -> Iterator[tuple[str, Operated]]:
    state = Operated()
    serving = portal.wrap_async_context_manager(serve(Endpoints(state).to_app()))
    with serving as client:
        yield str(client.base_url), state
