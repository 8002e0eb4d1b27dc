"""What can be done with clips besides listing them: one is rendered, which costs a credit."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from gateway.plugin import (
    Access,
    AnswerOperation,
    Http,
    HttpCall,
    JobOperation,
    JsonBody,
    JsonInput,
    Operation,
    Polled,
    RefusedError,
    RejectedError,
    TaskProgress,
    decode,
    privacy,
    to_item_id,
)

NOT_FOUND = 404
LATEST = (("limit", "50"), ("offset", "0"))
PROGRESS: dict[str, TaskProgress] = {"waiting": "queued", "made": "succeeded"}


class Credits(Struct, frozen=True, kw_only=True):
    """How many clips can be rendered yet."""

    left: int


class Script(Struct, frozen=True, kw_only=True):
    """What is to be rendered."""

    caption: Annotated[str, Meta(min_length=1)]
    seconds: Annotated[int, Meta(ge=1, le=60)] = 5


class Submission(Struct, frozen=True, kw_only=True):
    render: str


class Render(Struct, frozen=True, kw_only=True):
    state: str
    ahead: int | None = None


class Clip(Struct, frozen=True, kw_only=True):
    id: str
    render: str | None = None


class Clips(Struct, frozen=True, kw_only=True):
    data: list[Clip]


class Refusal(Struct, frozen=True, kw_only=True):
    error: str | None = None


class Renders:
    def __init__(self, provider: str, http: Http) -> None:
        self._provider = provider
        self._http = http

    def to_operations(self) -> tuple[Operation, ...]:
        return (
            AnswerOperation(
                name="credits",
                title="Credits that are left",
                description="Each clip that is rendered takes one.",
                method="GET",
                scope="account:read",
                is_reading=True,
                output=Credits,
                example={"left": 12},
                run=self.count_credits,
            ),
            JobOperation(
                name="render",
                title="Render a clip",
                description="It is listed once it is made.",
                method="POST",
                scope="jobs:write",
                input=JsonInput(type=Script, example={"caption": "Waves at dusk"}),
                run=self.submit,
                poll=self.poll,
                find=self.find,
            ),
        )

    async def count_credits(self, access: Access, _: None) -> Credits:
        call = HttpCall(method="GET", path="/credits", token=access.token)
        return decode(await self._send(call), Credits)

    async def submit(self, access: Access, sent: JsonBody) -> str:
        call = HttpCall(
            method="POST", path="/renders", token=access.token, json=sent.raw
        )
        return decode(await self._send(call), Submission).render

    async def poll(self, access: Access, render: str) -> Polled | None:
        call = HttpCall(method="GET", path=f"/renders/{render}", token=access.token)
        try:
            found = decode(await self._send(call), Render)
        except RefusedError as error:
            if error.status == NOT_FOUND:
                return None
            raise
        progress = PROGRESS.get(found.state, "failed")
        return Polled(progress=progress, position=found.ahead)

    async def find(self, access: Access, render: str) -> Sequence[str]:
        call = HttpCall(method="GET", path="/clips", params=LATEST, token=access.token)
        clips = decode(await self._send(call), Clips).data
        return [to_item_id(self._provider, c.id) for c in clips if c.render == render]

    async def _send(self, call: HttpCall) -> bytes:
        """Send a call; a refusal tells why, in the upstream's words."""
        try:
            return (await self._http.send(call)).body
        except RejectedError as error:
            raise RefusedError(error.status, _to_words(error.body)) from error


def _to_words(body: bytes) -> str | None:
    try:
        return privacy.to_message(msgspec.json.decode(body, type=Refusal).error)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
