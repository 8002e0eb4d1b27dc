"""Calls that change something: sent once, and what is known of them when they fail."""

import asyncio

import pytest
from msgspec import Raw

from gateway.adapters.http.upstream import ResponseLimits, Upstream
from gateway.plugin.errors import (
    MisbehavedError,
    RejectedError,
    UnauthorizedError,
    UnavailableError,
    UpstreamError,
)
from gateway.plugin.provider import HttpCall, Upload
from gateway.ports import sending
from tests.adapters.http.test_upstream import (
    Answer,
    Noon,
    Server,
    serving,
    to_answer,
    to_bytes,
)
from tests.tcp_ports import release_port, reserve_port

POST = HttpCall(method="POST", path="/do", json=Raw(b'{"a": 1}'))
GET = HttpCall(method="GET", path="/do")
LIMITS = ResponseLimits(timeout_seconds=1.0, max_concurrency=4, retry_seconds=5.0)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def say_nothing(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3)


async def send(
    call: HttpCall, answer: Answer
) -> tuple[UpstreamError | None, bool, Server]:
    """Return how a call ended, whether it may have changed something, and who was asked."""
    async with serving(answer) as server:
        upstream = Upstream(f"http://127.0.0.1:{server.port}", LIMITS, Noon())
        error: UpstreamError | None = None
        with sending.watched() as sent:
            try:
                await upstream.send(call)
            except UpstreamError as raised:
                error = raised
        await upstream.aclose()
    return error, sent.may_have_changed, server


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (hang_up, UnavailableError),
        (say_nothing, UnavailableError),
        (to_answer(status="500 No"), UnavailableError),
        (to_answer(status="502 No"), UnavailableError),
        (to_answer(status="303 See", head=("Location: /done",)), RejectedError),
        (to_bytes(b"what?\r\n\r\n"), MisbehavedError),
        (to_bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), UpstreamError),
    ],
    ids=["hangs up", "says nothing", "500", "502", "303", "no HTTP", "breaks off"],
)
async def test_what_was_sent_may_have_changed_something_and_is_not_sent_again(
    answer: Answer, kind: type[UpstreamError]
) -> None:
    error, may_have_changed, server = await send(POST, answer)

    assert isinstance(error, kind)
    assert may_have_changed
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("503 Later", UnavailableError),
        ("429 Slow", UnavailableError),
        ("401 Who", UnauthorizedError),
        ("307 There", RejectedError),
        ("404 Not", RejectedError),
        ("422 Not", RejectedError),
    ],
)
async def test_what_is_refused_has_changed_nothing_and_is_not_sent_again(
    status: str, kind: type[UpstreamError]
) -> None:
    error, may_have_changed, server = await send(POST, to_answer(status=status))

    assert isinstance(error, kind)
    assert not may_have_changed
    assert len(server.requests) == 1


async def test_a_reading_that_is_refused_takes_no_change_back() -> None:
    answers = iter([to_answer(), to_answer(status="404 Not")])

    async def answer(writer: asyncio.StreamWriter) -> None:
        await next(answers)(writer)

    async with serving(answer) as server:
        upstream = Upstream(f"http://127.0.0.1:{server.port}", LIMITS, Noon())
        with sending.watched() as around, sending.watched() as within:
            await upstream.send(POST)
            with pytest.raises(RejectedError):
                await upstream.send(GET)
        await upstream.aclose()

    assert within.may_have_changed
    assert around.may_have_changed


async def test_what_reached_nobody_has_changed_nothing() -> None:
    port = reserve_port()
    upstream = Upstream(f"http://127.0.0.1:{port}", LIMITS, Noon())

    with sending.watched() as sent, pytest.raises(UnavailableError):
        await upstream.send(POST)

    await upstream.aclose()
    release_port(port)
    assert not sent.may_have_changed


async def test_what_only_reads_changes_nothing_and_is_tried_again() -> None:
    error, may_have_changed, server = await send(GET, hang_up)

    assert isinstance(error, UnavailableError)
    assert not may_have_changed
    assert len(server.requests) == 3


async def test_what_its_caller_asks_for_again_is_tried_once() -> None:
    with sending.once():
        error, _, server = await send(GET, hang_up)

    assert isinstance(error, UnavailableError)
    assert len(server.requests) == 1


async def test_a_refusal_comes_with_how_its_body_begins() -> None:
    body = b'{"detail": "no"}' + b" " * 2**17

    error, _, _ = await send(POST, to_answer(body, status="404 No"))

    assert isinstance(error, RejectedError)
    assert error.body == body[: 2**16]


async def test_a_refusal_whose_body_breaks_off_is_one_all_the_same() -> None:
    broken = b"HTTP/1.1 404 No\r\nContent-Length: 99\r\n\r\n{"

    error, _, _ = await send(POST, to_bytes(broken))

    assert isinstance(error, RejectedError)


@pytest.mark.parametrize("size", [0, 1, 2**16, 2**16 + 1, 300_000])
async def test_a_file_is_sent_as_it_is(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    upload = Upload(content=content[:size], media_type="image/png")

    call = HttpCall(method="POST", path="/do", upload=upload)
    error, _, server = await send(call, to_answer())

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert error is None
    assert body == content[:size]
    assert b"content-type: image/png" in head.lower()
    assert b"transfer-encoding" not in head.lower()


async def test_a_file_is_sent_in_a_form() -> None:
    upload = Upload(
        content=b"\r\n--what\r\n" * 20_000,
        media_type="image/png",
        field="file",
        filename="a.png",
    )

    call = HttpCall(method="POST", path="/do", upload=upload)
    error, _, server = await send(call, to_answer())

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    boundary = head.partition(b"boundary=")[2].partition(b"\r\n")[0]
    first, part, last = body.split(b"--" + boundary)
    part_head, _, part_body = part.partition(b"\r\n\r\n")
    assert error is None
    assert (first, last) == (b"", b"--\r\n")
    assert part_body == upload.content + b"\r\n"
    assert b'name="file"; filename="a.png"' in part_head
    assert b"content-type: image/png" in part_head
