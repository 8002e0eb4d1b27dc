"""Downloads over lines that break: the same bytes, each of them once."""

import pytest
from hypothesis import given, strategies as st

from gateway.client import (
    ConnectionFailedError,
    GatewayError,
    NotFoundError,
    UnavailableError,
)
from gateway.client.core.errors import to_connection_failed
from gateway.client.core.exchange import Call, Reply
from gateway.client.core.transfer import downloading
from tests.client.driving import Driver, problem

FILE = bytes(range(256)) * 40


class MemoryPart:
    def __init__(self, content: bytes = b"", etag: str | None = None) -> None:
        self.content, self.etag, self.is_finished = content, etag, False

    @property
    def size(self) -> int:
        return len(self.content)

    def begin(self, etag: str | None) -> None:
        self.content, self.etag = b"", etag

    def append(self, content: bytes) -> None:
        self.content += content

    def finish(self) -> None:
        self.is_finished = True


class Line:
    """Serves a file by ranges, and breaks off after so many bytes of each answer."""

    def __init__(self, file: bytes = FILE, cut: int = 10**9, etag: str = '"1"') -> None:
        self.file, self.cut, self.etag = file, cut, etag
        self.sent = 0

    def answer(self, call: Call) -> Reply:
        asked = call.headers.get("range")
        start = 0
        if asked and call.headers["if-range"] == self.etag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        size = len(self.file)
        headers = {"etag": self.etag, "content-length": str(size - start)}
        status = 200
        if start:
            status, span = 206, f"bytes {start}-{size - 1}/{size}"
            headers["content-range"] = span
        if start >= size > 0:
            headers = {"content-range": f"bytes */{size}"}
            return Reply(status=416, headers=headers)
        return self.send(call, Reply(status=status, headers=headers), start)

    def send(self, call: Call, head: Reply, start: int) -> Reply:
        assert call.into is not None
        sink = call.into(head)
        assert sink is not None
        sent = self.file[start : start + self.cut]
        for at in range(0, len(sent), 100):
            sink.write(sent[at : at + 100])
        self.sent += len(sent)
        if start + len(sent) < len(self.file):
            raise to_connection_failed("cut")
        return head


def download(answer, part: MemoryPart, retries: int = 2) -> Driver:
    driver = Driver(answer, retries=retries)
    driver.run(downloading("/v1/media/t/a.jpg", part, None, driver.policy))
    return driver


@given(st.integers(1, 4_000), st.integers(0, 10_000))
def test_a_line_that_cuts_costs_no_byte_twice(cut: int, size: int) -> None:
    line, part = Line(FILE[:size], max(cut, 200)), MemoryPart()

    driver = download(line.answer, part, retries=0)

    assert (part.content, part.is_finished) == (FILE[:size], True)
    assert line.sent == size
    assert driver.now == 0.0


def test_a_half_file_is_gone_on_with() -> None:
    line, part = Line(), MemoryPart(FILE[:5_000], '"1"')

    driver = download(line.answer, part)

    assert part.content == FILE
    assert driver.calls[0].headers["range"] == "bytes=5000-"
    assert line.sent == len(FILE) - 5_000


def test_no_two_versions_of_a_file_are_joined() -> None:
    line, part = Line(etag='"2"'), MemoryPart(b"x" * 5_000, '"1"')

    download(line.answer, part)

    assert (part.content, part.etag) == (FILE, '"2"')


def test_what_may_not_be_joined_begins_anew() -> None:
    line, part = Line(cut=5_000, etag='W/"1"'), MemoryPart()

    with pytest.raises(ConnectionFailedError):
        download(line.answer, part)

    assert part.etag is None
    line.cut = 10**9
    download(line.answer, part)
    assert part.content == FILE


def test_a_part_that_is_whole_becomes_the_file() -> None:
    part = MemoryPart(FILE, '"1"')

    driver = download(Line().answer, part)

    assert part.is_finished
    assert len(driver.calls) == 1


def test_a_part_that_is_longer_than_the_file_begins_anew() -> None:
    part = MemoryPart(FILE + b"more", '"1"')

    download(Line().answer, part)

    assert (part.content, part.is_finished) == (FILE, True)


@pytest.mark.parametrize(
    "span", ["bytes 0-9/10240", "bytes 7-9/*", "pages 5000-6000/7000", ""]
)
def test_a_part_that_was_not_asked_for_is_not_joined(span: str) -> None:
    line = Line()

    def answer(call: Call) -> Reply:
        if "range" not in call.headers:
            return line.answer(call)
        head = Reply(status=206, headers={"content-range": span, "etag": '"1"'})
        assert call.into is not None
        assert call.into(head) is None
        return head

    part = MemoryPart(FILE[:5_000], '"1"')
    download(answer, part)

    assert part.content == FILE


def test_tries_that_bring_nothing_are_bounded() -> None:
    def answer(call: Call) -> Reply:
        raise to_connection_failed("reset")

    driver = Driver(answer, retries=3)
    with pytest.raises(ConnectionFailedError):
        driver.run(downloading("x", MemoryPart(), None, driver.policy))

    assert len(driver.calls) == 4
    assert all(call.after_seconds > 0 for call in driver.calls[1:])


@pytest.mark.parametrize(
    ("told", "error", "calls"),
    [
        (problem(404, "not-found"), NotFoundError, 1),
        (problem(410, "expired-link"), GatewayError, 1),
        (problem(503, "upstream-unavailable", retry_after="2"), UnavailableError, 3),
        (problem(503, "upstream-unavailable", retry_after="99"), UnavailableError, 1),
        (Reply(status=204, headers={}), GatewayError, 1),
    ],
)
def test_a_refusal_is_told(told: Reply, error: type[GatewayError], calls: int) -> None:
    driver = Driver(lambda _: told)
    part = MemoryPart(FILE[:9], '"1"')

    with pytest.raises(error):
        driver.run(downloading("x", part, None, driver.policy))

    assert len(driver.calls) == calls
    assert (part.content, part.is_finished) == (FILE[:9], False)


def test_more_bytes_than_were_told_are_no_file() -> None:
    def answer(call: Call) -> Reply:
        assert call.into is not None
        head = Reply(status=200, headers={"content-length": "5", "etag": '"1"'})
        sink = call.into(head)
        assert sink is not None
        sink.write(b"123456")
        return head

    driver, part = Driver(answer), MemoryPart()
    with pytest.raises(GatewayError, match="more than the 5 bytes"):
        driver.run(downloading("x", part, None, driver.policy))

    assert not part.is_finished


def test_progress_is_told_by_bytes_and_their_number_in_all() -> None:
    told: list[tuple[int, int | None]] = []
    driver = Driver(Line(cut=5_000).answer)
    progress = lambda done, total: told.append((done, total))  # noqa: E731
    driver.run(downloading("x", MemoryPart(), progress, driver.policy))

    assert told[-1] == (len(FILE), len(FILE))
    assert told == sorted(told)
    assert {total for _, total in told} == {len(FILE)}
