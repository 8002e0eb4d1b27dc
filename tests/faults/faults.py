"""What can go wrong with a list call, and what callers should see of it."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from tests.faults.proxy import Call, Play, pack

LONG_SECONDS = 30.0
_MEGABYTE = b" " * 2**20
_BOMB = pack(_MEGABYTE * 100)


class Fault(Struct, frozen=True, kw_only=True):
    """A fault by name; `states` are those that may be seen with nothing cached.

    `is_slow`: no answer in time, nor an error. `is_harmless`: the entries are there.
    """

    name: str
    play: Play
    states: tuple[str, ...] = ("unavailable",)
    times: int | None = None
    is_slow: bool = False
    is_harmless: bool = False

    def __str__(self) -> str:
        return self.name


async def reset_before(call: Call) -> None:
    call.reset()


async def reset_in_body(call: Call) -> None:
    body = await call.body()
    await call.answer("200 OK", body[: len(body) // 2], length=len(body))
    call.reset()


async def end_in_body(call: Call) -> None:
    body = await call.body()
    await call.answer("200 OK", body[: len(body) // 2], length=len(body))


async def swallow(call: Call) -> None:
    await asyncio.sleep(LONG_SECONDS)


async def drip(call: Call) -> None:
    await call.answer("200 OK", b"[", length=10_000)
    for _ in range(int(LONG_SECONDS * 10)):
        await call.send(b" ")
        await asyncio.sleep(0.1)


async def pour(call: Call) -> None:
    await call.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[")
    while True:
        await call.send(_MEGABYTE)


async def pour_100_megabytes(call: Call) -> None:
    await call.answer("200 OK", b"[", length=100 * 2**20)
    for _ in range(100):
        await call.send(_MEGABYTE)


async def unpack_without_end(call: Call) -> None:
    await call.answer("200 OK", _BOMB, "Content-Encoding: gzip")


def answering(status: str, body: bytes = b"", *headers: str) -> Play:
    async def play(call: Call) -> None:
        await call.answer(status, body, *headers)

    return play


async def truncate_json(call: Call) -> None:
    body = await call.body()
    await call.answer("200 OK", body[: len(body) // 2])


async def truncate_gzip(call: Call) -> None:
    body = pack(await call.body())
    await call.answer("200 OK", body[: len(body) // 2], "Content-Encoding: gzip")


async def call_it_text(call: Call) -> None:
    await call.answer("200 OK", await call.body(), "Content-Type: text/plain")


async def mistype(call: Call) -> None:
    answer, _ = await call.entries()
    wrong = {"jobs": 42, "gallery_urls": 42} if isinstance(answer, dict) else {"a": 1}
    await call.answer("200 OK", json.dumps(wrong).encode())


async def nest(call: Call) -> None:
    await call.answer("200 OK", b"[" * 100_000)


async def nest_entries(call: Call) -> None:
    """Put one entry of 100,000 brackets in front of the good ones."""
    answer, entries = await call.entries()
    entries.insert(0, "BRACKETS")
    brackets = "[" * 100_000 + "]" * 100_000
    body = json.dumps(answer).replace('"BRACKETS"', brackets)
    await call.answer("200 OK", body.encode())


async def duplicate(call: Call) -> None:
    answer, entries = await call.entries()
    entries += list(entries)
    await call.answer("200 OK", json.dumps(answer).encode())


async def unsort(call: Call) -> None:
    answer, entries = await call.entries()
    entries.reverse()
    await call.answer("200 OK", json.dumps(answer).encode())


async def date_oddly(call: Call) -> None:
    """Give the first entries times of the years 1 and 9999."""
    answer, entries = await call.entries()
    for entry, year in zip(entries, (1, 9999), strict=False):
        _date(entry, year)
    await call.answer("200 OK", json.dumps(answer).encode())


def _date(entry: dict[str, Any], year: int) -> None:
    moment = datetime(year, 1, 2, tzinfo=UTC)
    for field in ("time", "created_at"):
        if field in entry:
            entry[field] = moment.isoformat()


async def redirect_in_a_loop(call: Call) -> None:
    await call.answer("302 Found", b"", f"Location: {_path(call)}")


def _path(call: Call) -> str:
    return call.request.split(b" ", 2)[1].decode()


HTML = b"<html><body>Bad gateway</body></html>"
FAULTS = (
    Fault(name="reset before the answer", play=reset_before),
    Fault(name="reset in the body", play=reset_in_body),
    Fault(name="end in the body", play=end_in_body),
    Fault(name="black hole", play=swallow, states=("pending",), is_slow=True),
    Fault(name="drip feed", play=drip, states=("pending",), is_slow=True),
    Fault(name="429", play=answering("429 Too Many Requests")),
    Fault(
        name="429 with Retry-After",
        play=answering("429 Too Many Requests", b"", "Retry-After: 7"),
    ),
    Fault(name="500", play=answering("500 Internal Server Error")),
    Fault(name="502 HTML", play=answering("502 Bad Gateway", HTML)),
    Fault(name="200 HTML", play=answering("200 OK", HTML)),
    Fault(name="403", play=answering("403 Forbidden", b"{}")),
    Fault(name="401 always", play=answering("401 No"), states=("unauthorized",)),
    Fault(
        name="401 once",
        play=answering("401 No"),
        states=("fresh",),
        times=1,
        is_harmless=True,
    ),
    Fault(
        name="500 once",
        play=answering("500 Internal Server Error"),
        states=("fresh",),
        times=1,
        is_harmless=True,
    ),
    Fault(name="empty body", play=answering("200 OK")),
    Fault(name="truncated JSON", play=truncate_json),
    Fault(name="truncated gzip", play=truncate_gzip),
    Fault(
        name="wrong content type",
        play=call_it_text,
        states=("fresh",),
        is_harmless=True,
    ),
    Fault(name="wrong types", play=mistype),
    Fault(name="deep nesting", play=nest),
    Fault(
        name="a deeply nested entry",
        play=nest_entries,
        states=("fresh", "unavailable"),
    ),
    Fault(name="endless body", play=pour, states=("unavailable", "pending")),
    Fault(name="100 MB", play=pour_100_megabytes, states=("unavailable", "pending")),
    Fault(
        name="100 MB in gzip",
        play=unpack_without_end,
        states=("unavailable", "pending"),
    ),
    Fault(name="duplicate ids", play=duplicate, states=("fresh",), is_harmless=True),
    Fault(name="unsorted", play=unsort, states=("fresh",), is_harmless=True),
    Fault(
        name="years 1 and 9999", play=date_oddly, states=("fresh",), is_harmless=True
    ),
    Fault(name="redirect loop", play=redirect_in_a_loop),
)
