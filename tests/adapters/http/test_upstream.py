import asyncio
import gzip
import logging
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress

import pytest
from hypothesis import given, strategies as st
from msgspec import UNSET, Struct, UnsetType

from gateway.adapters.http.inflating import inflate, inflate_if_packed
from gateway.adapters.http.upstream import ResponseLimits, Upstream
from gateway.plugin.errors import (
    MisbehavedError,
    RejectedError,
    UnauthorizedError,
    UnavailableError,
    UpstreamError,
)
from gateway.plugin.provider import HttpCall
from tests.busy import behind

NOW = 1_767_268_800.0  # Thu, 01 Jan 2026 12:00:00 GMT
MEBIBYTE = 2**20
WORD = "secret"

Answer = Callable[[asyncio.StreamWriter], Coroutine[None, None, None]]


class Noon:
    def now(self) -> float:
        return NOW


class Body(Struct, frozen=True):
    page_num: int
    type: str | UnsetType = UNSET


class Server:
    """Answers every request on a real socket with what `answer` writes."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.requests: list[bytes] = []
        self.at_once = 0
        self.most_at_once = 0
        self.port = 0
        self.idle = asyncio.Event()
        self.idle.set()

    async def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.idle.clear()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            _, _, length = head.lower().partition(b"content-length: ")
            body = await reader.readexactly(int(length.split(b"\r\n")[0] or 0))
            self.requests.append(head + body)
            await self._answer(writer)
            writer.close()
            await writer.wait_closed()
        except (ConnectionError, EOFError):
            writer.transport.abort()
        finally:
            self.at_once -= 1
            if not self.at_once:
                self.idle.set()


def to_answer(
    body: bytes = b"[]", *, status: str = "200 OK", head: tuple[str, ...] = ()
) -> Answer:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *head)
    return to_bytes("\r\n".join((*lines, "", "")).encode("latin-1") + body)


def to_bytes(sent: bytes) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()

    return answer


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Server]:
    server = Server(answer)
    listener = await asyncio.start_server(server, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield server
    async with asyncio.timeout(5):
        await server.idle.wait()


@asynccontextmanager
async def calling(
    port: int,
    *,
    limit_bytes: int = MEBIBYTE,
    timeout_seconds: float = 5.0,
    max_concurrency: int = 4,
    retry_seconds: float = 0.0,
) -> AsyncIterator[Upstream]:
    upstream = Upstream(
        f"http://127.0.0.1:{port}/api/",
        ResponseLimits(
            timeout_seconds=timeout_seconds,
            max_concurrency=max_concurrency,
            retry_seconds=retry_seconds,
            body_bytes=limit_bytes,
        ),
        Noon(),
    )
    try:
        yield upstream
    finally:
        await upstream.aclose()


async def fetch(answer: Answer, *, limit_bytes: int = MEBIBYTE) -> bytes:
    async with (
        serving(answer) as server,
        calling(server.port, limit_bytes=limit_bytes) as upstream,
    ):
        return (await upstream.send(HttpCall(method="GET", path="/list"))).body


async def failure(answer: Answer, *, timeout_seconds: float = 5.0) -> UpstreamError:
    """What a call that carries secrets fails with."""
    call = HttpCall(
        method="GET", path="/secret-path", params=(("q", "secret"),), token=WORD
    )
    async with (
        serving(answer) as server,
        calling(server.port, timeout_seconds=timeout_seconds) as upstream,
    ):
        with pytest.raises(UpstreamError) as caught:
            await upstream.send(call)
        return caught.value


async def test_an_answer_is_read_whole_and_its_header_names_are_lower_case() -> None:
    answer = to_answer(b'{"a": 1}', status="201 Created", head=("X-Total: 7",))

    async with serving(answer) as server, calling(server.port) as upstream:
        got = await upstream.send(HttpCall(method="GET", path="/list"))

    assert (got.status, got.body) == (201, b'{"a": 1}')
    assert got.headers["x-total"] == "7"


async def test_a_call_goes_out_as_it_is_spelt() -> None:
    call = HttpCall(
        method="POST",
        path="/one%2Fsegment%7e",
        params=(("tag", "a b"), ("tag", "c&d/é")),
        token=WORD,
        json=Body(page_num=3),
    )

    async with serving(to_answer()) as server, calling(server.port) as upstream:
        await upstream.send(call)

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    line, *fields = head.lower().split(b"\r\n")
    path, query = head.split(b" ")[1].split(b"?")
    assert line.startswith(b"post /api/one%2fsegment%7e?")
    assert path == b"/api/one%2Fsegment%7e"
    assert query in {b"tag=a+b&tag=c%26d%2F%C3%A9", b"tag=a%20b&tag=c%26d%2F%C3%A9"}
    assert b"authorization: bearer secret" in fields
    assert b"content-type: application/json" in fields
    assert body == b'{"page_num":3}'


async def test_basic_credentials_go_out_as_such() -> None:
    call = HttpCall(method="POST", path="/auth/login", basic=("me", "secret"))

    async with serving(to_answer()) as server, calling(server.port) as upstream:
        await upstream.send(call)

    assert b"authorization: basic bwu6c2vjcmv0" in server.requests[0].lower()


async def test_cookies_are_never_sent_back() -> None:
    answer = to_answer(head=("Set-Cookie: tenant=acme; Path=/",))

    async with (
        serving(answer) as server,
        calling(server.port, retry_seconds=1.0) as upstream,
    ):
        await upstream.send(HttpCall(method="GET", path="/"))
        await upstream.send(HttpCall(method="GET", path="/"))

    assert len(server.requests) == 2
    assert b"cookie" not in server.requests[1].lower()


async def test_no_address_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    await fetch(to_answer())

    assert not [entry for entry in caplog.records if "http" in entry.name]


async def test_no_more_calls_run_at_once_than_allowed() -> None:
    arrivals, gate = asyncio.Semaphore(0), asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        arrivals.release()
        await gate.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with (
        serving(answer) as server,
        calling(server.port, max_concurrency=2) as upstream,
        asyncio.timeout(5),
        asyncio.TaskGroup() as group,
    ):
        for _ in range(6):
            group.create_task(upstream.send(HttpCall(method="GET", path="/")))
        await arrivals.acquire()
        await arrivals.acquire()
        gate.set()

    assert len(server.requests) == 6
    assert server.most_at_once == 2


async def test_a_refused_connection_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        async with calling(free.getsockname()[1]) as upstream:
            with pytest.raises(UnavailableError):
                await upstream.send(HttpCall(method="GET", path="/"))


async def test_a_reset_connection_is_unavailable() -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    assert isinstance(await failure(answer), UnavailableError)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[",
    ],
    ids=["silent", "half a list"],
)
async def test_a_black_hole_is_unavailable_in_time(sent: bytes) -> None:
    gone = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await gone.wait()

    async with asyncio.timeout(3):
        async with (
            serving(answer) as server,
            calling(server.port, timeout_seconds=0.1) as upstream,
        ):
            with pytest.raises(UnavailableError):
                await upstream.send(HttpCall(method="GET", path="/"))
            gone.set()


async def test_a_process_that_is_behind_takes_nobody_for_away() -> None:
    async with (
        serving(to_answer()) as server,
        calling(server.port, timeout_seconds=0.1) as upstream,
        behind(0.05),
    ):
        answered = await upstream.send(HttpCall(method="GET", path="/"))

    assert answered.body == b"[]"


async def test_who_takes_a_connection_and_no_handshake_is_away_before_the_call_is_up() -> (
    None
):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        upstream = Upstream(
            f"https://127.0.0.1:{silent.getsockname()[1]}",
            ResponseLimits(timeout_seconds=60.0, max_concurrency=1),
            Noon(),
        )
        async with asyncio.timeout(30):
            with pytest.raises(UnavailableError, match="in time"):
                await upstream.send(HttpCall(method="GET", path="/"))
        await upstream.aclose()


async def test_some_preliminary_answers_are_passed_over() -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        writer.write(early * 3 + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    async with serving(answer) as server, calling(server.port) as upstream:
        answered = await upstream.send(HttpCall(method="GET", path="/"))

    assert answered.body == b"[]"


async def test_a_flood_of_preliminary_answers_is_unavailable_at_once() -> None:
    flood = b"HTTP/1.1 103 E\r\n\r\n" * 500_000

    async def answer(writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            writer.write(flood)
            await writer.drain()

    async with asyncio.timeout(5):
        assert isinstance(await failure(answer), UnavailableError)


async def test_a_call_that_timed_out_gives_its_place_back() -> None:
    answers = iter([b"", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"])
    gone = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        if not (sent := next(answers)):
            await gone.wait()
        writer.write(sent)

    async with (
        serving(answer) as server,
        calling(server.port, timeout_seconds=0.2, max_concurrency=1) as upstream,
    ):
        with pytest.raises(UnavailableError):
            await upstream.send(HttpCall(method="GET", path="/"))
        second = await upstream.send(HttpCall(method="GET", path="/"))
        gone.set()

    assert second.body == b"[]"


@pytest.mark.parametrize("status", ["408 Timeout", "429 Slow", "500 Oh", "503 Away"])
async def test_a_passing_status_is_unavailable(status: str) -> None:
    error = await failure(to_answer(status=status))

    assert isinstance(error, UnavailableError)
    assert error.retry_after_seconds is None


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("12", 12.0),
        ("0", 0.0),
        ("9" * 400, 86_400.0),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("Fri, 01 Jan 2100 11:00:00 GMT", 86_400.0),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("Thu, 99 Jan 2026 12:00:30 GMT", None),
        ("Thu, 01 Jan 99999999999 12:00:30 GMT", None),
    ],
)
async def test_retry_after_is_kept(retry_after: str, seconds: float | None) -> None:
    answer = to_answer(status="429 Slow", head=(f"Retry-After: {retry_after}",))

    error = await failure(answer)

    assert isinstance(error, UnavailableError)
    assert error.retry_after_seconds == seconds


async def test_401_is_unauthorized() -> None:
    assert isinstance(await failure(to_answer(status="401 No")), UnauthorizedError)


@pytest.mark.parametrize("status", [300, 302, 400, 403, 404, 422])
async def test_any_other_status_is_a_rejection(status: int) -> None:
    error = await failure(to_answer(status=f"{status} So"))

    assert isinstance(error, RejectedError)
    assert error.status == status


async def test_a_redirect_is_not_followed() -> None:
    async with serving(to_answer(b"[1]")) as target:
        where = f"Location: http://127.0.0.1:{target.port}/elsewhere"

        error = await failure(to_answer(status="302 Found", head=(where,)))

    assert isinstance(error, RejectedError)
    assert not target.requests


async def test_gzip_is_unpacked() -> None:
    packed = gzip.compress(b'["a"]')

    body = await fetch(to_answer(packed, head=("Content-Encoding: gzip",)))

    assert body == b'["a"]'


@given(size=st.sampled_from([0, 1, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 3 * MEBIBYTE]))
def test_gzip_of_any_size_is_unpacked_whole(size: int) -> None:
    packed = gzip.compress(b" " * size)
    answer = to_answer(packed, head=("Content-Encoding: x-gzip",))

    body = asyncio.run(fetch(answer, limit_bytes=3 * MEBIBYTE))

    assert body == b" " * size


@given(
    contents=st.lists(st.binary(max_size=50), min_size=1, max_size=3),
    width=st.integers(1, 20),
    rest=st.sampled_from([b"", b"\0", bytes(8)]),
)
async def test_members_of_gzip_are_unpacked_one_after_another(
    contents: list[bytes], width: int, rest: bytes
) -> None:
    packed = b"".join(map(gzip.compress, contents)) + rest

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(packed), width):
            yield packed[at : at + width]

    for unpack in (inflate, inflate_if_packed):
        found = [chunk async for chunk in unpack(chunks())]

        assert b"".join(found) == b"".join(contents)


@pytest.mark.parametrize("content", [b"", b"\x1f", b"x", b"plain text"])
async def test_what_is_not_packed_is_passed_on_in_whatever_pieces(
    content: bytes,
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for number in content:
            yield bytes([number])

    assert b"".join([one async for one in inflate_if_packed(chunks())]) == content


@pytest.mark.parametrize("cut", [0, 4])
async def test_a_refusals_words_are_unpacked(cut: int) -> None:
    packed = gzip.compress(b'{"detail": "no"}')
    answer = to_answer(
        packed[: len(packed) - cut], status="422 No", head=("Content-Encoding: gzip",)
    )

    error = await failure(answer)

    assert isinstance(error, RejectedError)
    assert (error.status, error.body) == (422, b'{"detail": "no"}')


async def test_an_empty_body_needs_no_gzip() -> None:
    assert await fetch(to_answer(b"", head=("Content-Encoding: gzip",))) == b""


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b"[1, 2, 3]")[:-4],
        gzip.compress(b"[1, 2, 3]" * 99)[:20],
        b"[1, 2, 3]",
        gzip.compress(b" " * (MEBIBYTE + 1)),
    ],
    ids=["without its end", "cut in the middle", "not packed", "a bomb"],
)
async def test_bad_gzip_is_misbehaviour(body: bytes) -> None:
    error = await failure(to_answer(body, head=("Content-Encoding: gzip",)))

    assert isinstance(error, MisbehavedError)


async def test_a_packing_that_was_not_asked_for_is_misbehaviour() -> None:
    error = await failure(to_answer(b"[]", head=("Content-Encoding: br",)))

    assert isinstance(error, MisbehavedError)


async def test_a_body_at_the_bound_passes() -> None:
    assert len(await fetch(to_answer(b" " * 1000), limit_bytes=1000)) == 1000


async def test_a_body_over_the_bound_is_misbehaviour() -> None:
    with pytest.raises(MisbehavedError):
        await fetch(to_answer(b" " * 1001), limit_bytes=1000)


async def test_an_endless_body_is_misbehaviour() -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"400\r\n" + b" " * 1024 + b"\r\n")
            await writer.drain()

    async with asyncio.timeout(10):
        error = await failure(answer)

    assert isinstance(error, MisbehavedError)


@pytest.mark.parametrize(
    "sent",
    [
        b"220 smtp.example.com ESMTP\r\n\r\n",
        b"HTTP/1.1 2OO OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[]",
        b"HTTP/1.1 200 \xff\xfe\r\nContent-Length: 2\r\nContent-Encoding: \xff\r\n\r\n[]",
    ],
    ids=[
        "another protocol",
        "a bad status",
        "a bad header",
        "a huge header",
        "a bad chunk",
        "a bad length",
        "a cut body",
        "a bad reason",
    ],
)
async def test_what_is_not_proper_http_is_an_upstream_error(sent: bytes) -> None:
    error = await failure(to_bytes(sent))

    assert isinstance(error, MisbehavedError | UnavailableError)


@pytest.mark.parametrize("token", ["a\r\nb: c", "schlüssel"])
async def test_a_token_that_no_header_can_hold_is_an_upstream_error(token: str) -> None:
    async with serving(to_answer()) as server, calling(server.port) as upstream:
        with pytest.raises(UpstreamError):
            await upstream.send(HttpCall(method="GET", path="/", token=token))

    assert not server.requests


@pytest.mark.parametrize(
    "answer",
    [
        to_answer(status="401 secret"),
        to_answer(status="404 secret"),
        to_answer(status="503 secret"),
        to_bytes(b"secret\r\n\r\n"),
        to_bytes(b""),
    ],
    ids=["refused", "rejected", "away", "not HTTP", "silent"],
)
async def test_messages_hold_no_address_and_no_credential(answer: Answer) -> None:
    error = await failure(answer)

    assert "secret" not in str(error)
    assert "127.0.0.1" not in str(error)


async def test_cancelling_a_call_cancels_it() -> None:
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await gone.wait()

    async with serving(answer) as server, calling(server.port) as upstream:
        task = asyncio.create_task(upstream.send(HttpCall(method="GET", path="/")))
        async with asyncio.timeout(3):
            await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gone.set()


async def test_a_client_that_was_never_used_closes() -> None:
    async with calling(1) as upstream:
        pass

    assert upstream is not None
