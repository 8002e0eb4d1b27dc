"""Drives the core's flows without a socket, in a time of its own."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from gateway.client.core.errors import ConnectionFailedError, to_connection_failed
from gateway.client.core.exchange import Call, Flow, Policy, Reply

T = TypeVar("T")
Answer = Callable[[Call], Reply]
MOST_CALLS = 10_000


class Driver:
    """Hands each call to `answer`; pauses pass at once, and each call takes a while."""

    def __init__(
        self,
        answer: Answer,
        *,
        retries: int = 2,
        timeout_seconds: float = 30.0,
        call_seconds: float = 0.0,
    ) -> None:
        self.answer = answer
        self.now = 0.0
        self.calls: list[Call] = []
        self._call_seconds = call_seconds
        self.policy = Policy(
            timeout_seconds=timeout_seconds,
            retries=retries,
            clock=lambda: self.now,
            jitter=lambda: 0.5,
        )

    def run(self, flow: Flow[T]) -> T:
        try:
            call = next(flow)
            while True:
                assert len(self.calls) < MOST_CALLS, "calls without an end"
                self.now += call.after_seconds
                self.calls.append(call)
                try:
                    reply = self.answer(call)
                except ConnectionFailedError as error:
                    self.now += self._call_seconds
                    call = flow.throw(error)
                else:
                    self.now += self._call_seconds
                    call = flow.send(reply)
        except StopIteration as end:
            returned: T = end.value
            return returned


def in_turn(*replies: Reply | None) -> Answer:
    """Answer with these one after another, and the last again; None is a failure."""
    left = list(replies)

    def answer(call: Call) -> Reply:
        reply = left.pop(0) if len(left) > 1 else left[0]
        if reply is None:
            raise to_connection_failed("reset")
        return reply

    return answer


def reply(content: object = None, status: int = 200, **headers: str) -> Reply:
    spelt = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, headers=spelt, content=msgspec.json.encode(content))


def problem(status: int, code: str, **headers: str) -> Reply:
    content: Mapping[str, Any] = {"code": code, "title": code, "status": status}
    return reply(content, status, **headers)


def page(*ids: str, next_cursor: str | None = None) -> Reply:
    items = [
        {"id": one, "provider": "a", "kind": "image", "status": "ready"} for one in ids
    ]
    told = {"items": items, "next_cursor": next_cursor, "sources": []}
    return reply({**told, "complete": next_cursor is None, "links_expire_at": None})
