"""A download: goes on where it broke off, and never joins two versions of a file.

What has come lies in a part beside the file, with the validator (ETag) of the version
that it is of. With `If-Range` the gateway sends the rest of that version, or all of
another one.
"""

import re
from collections.abc import Callable
from typing import Protocol, TypeAlias

from gateway.client.core.decoding import to_refusal
from gateway.client.core.errors import (
    ConnectionFailedError,
    GatewayError,
    RateLimitedError,
    UnavailableError,
    to_connection_failed,
    to_unexpected,
)
from gateway.client.core.exchange import Call, Flow, Policy, Reply, Sink
from gateway.client.core.retries import to_pause

OnProgress: TypeAlias = Callable[[int, int | None], object]
"""Is told how many bytes there are, and how many there will be, where that is known."""

_WHOLE, _PARTIAL, _NOT_SATISFIABLE = 200, 206, 416
_REFUSED = 400
_RANGE = re.compile(r"bytes (?:(\d{1,18})-\d{1,18}|\*)/(\d{1,18}|\*)")


class Part(Protocol):
    """The half file: bytes from the beginning of the version that `etag` names."""

    @property
    def size(self) -> int: ...
    @property
    def etag(self) -> str | None: ...

    def begin(self, etag: str | None) -> None:
        """Be empty, and of that version."""

    def append(self, content: bytes) -> None: ...

    def finish(self) -> None:
        """Become the file."""


class _Writing:
    """Takes an answer's bytes; the head says whether they are all, or the rest."""

    def __init__(self, part: Part, on_progress: OnProgress | None) -> None:
        self._part = part
        self._on_progress = on_progress
        self.total: int | None = None

    def open(self, head: Reply) -> Sink | None:
        if head.status == _WHOLE:
            self.total = _to_length(head)
            self._part.begin(_to_strong(head.headers.get("etag")))
            return self
        if head.status == _PARTIAL:
            start, self.total = _to_span(head)
            if start == self._part.size:
                return self
            self._part.begin(None)  # not what was asked for: all of it next time
        return None

    def write(self, content: bytes) -> None:
        self._part.append(content)
        if self._on_progress is not None:
            self._on_progress(self._part.size, self.total)


def downloading(
    link: str, part: Part, on_progress: OnProgress | None, policy: Policy
) -> Flow[None]:
    """Ask for a file until all of it is there; tries that bring nothing are counted.

    Raises:
        GatewayError: it was refused, or nothing more came at the last.
    """
    fruitless, pause = 0, 0.0
    while True:
        before = part.size
        try:
            if (yield from _asking(link, part, on_progress, pause)):
                part.finish()
                return
            raise to_connection_failed(f"it broke off after {part.size} bytes")
        except (ConnectionFailedError, RateLimitedError, UnavailableError) as error:
            fruitless = 0 if part.size > before else fruitless + 1
            pause = to_pause(error, fruitless, policy) if fruitless else 0.0
            if fruitless > policy.retries or pause > policy.timeout_seconds:
                raise


def _asking(
    link: str, part: Part, on_progress: OnProgress | None, pause: float
) -> Flow[bool]:
    """Ask for what is missing; tell whether nothing is any more."""
    writing = _Writing(part, on_progress)
    headers = {"accept-encoding": "identity"}
    if part.size and part.etag:
        headers |= {"range": f"bytes={part.size}-", "if-range": part.etag}
    reply = yield Call(
        target=link,
        headers=headers,
        is_link=True,
        after_seconds=pause,
        into=writing.open,
    )
    if reply.status == _NOT_SATISFIABLE:
        return _is_whole(reply, part)
    if reply.status >= _REFUSED:
        raise to_refusal(reply)
    if reply.status not in {_WHOLE, _PARTIAL}:
        raise to_unexpected(reply, f"HTTP status {reply.status}")
    return _has_all(reply, part, writing.total)


def _has_all(reply: Reply, part: Part, total: int | None) -> bool:
    if total is None:
        return reply.status == _WHOLE
    if part.size > total:
        part.begin(None)
        raise _to_too_long(reply, total)
    return part.size == total


def _is_whole(reply: Reply, part: Part) -> bool:
    """Tell of a range that begins at the end; one beyond it is of no such file."""
    _, total = _to_span(reply)
    if total == part.size:
        return True
    part.begin(None)
    return False


def _to_too_long(reply: Reply, total: int) -> GatewayError:
    return to_unexpected(reply, f"more than the {total} bytes that were told")


def _to_span(head: Reply) -> tuple[int | None, int | None]:
    """Read `Content-Range`: the first byte, and how many there are in all."""
    found = _RANGE.fullmatch(head.headers.get("content-range", "").strip())
    if found is None:
        return None, None
    start, total = found[1], found[2]
    return int(start) if start else None, None if total == "*" else int(total)


def _to_length(head: Reply) -> int | None:
    length = head.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else None


def _to_strong(etag: str | None) -> str | None:
    """Return what may stand in `If-Range`."""
    return None if etag is None or etag.startswith("W/") else etag
