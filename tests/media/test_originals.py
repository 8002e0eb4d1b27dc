"""What is read of a file that a smaller picture is to be made of."""

from collections.abc import AsyncIterator, Iterator

import pytest
from msgspec import Struct

from gateway.adapters.pictures.spool import SystemSpool
from gateway.media.content.ranges import Range
from gateway.media.files import MediaAnswer
from gateway.media.link import Link
from gateway.media.originals import Originals
from gateway.plugin.errors import UnsupportedMediaError

WHOLE_BYTES, END_BYTES = 10_000, 2_000
LINK = Link("acme", b"account!", "studio:1", None, "0", "preview", b"", 1)
MP4 = b"\x00\x00\x00\x20ftypisom" + bytes(range(250)) * 100
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(250)) * 100


class FakeAnswer(Struct):
    """`sent` counts the bytes that were wanted of it."""

    status: int
    size: int | None
    body: bytes
    content_range: str | None = None
    sent: int = 0
    is_closed: bool = False

    async def chunks(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self.body), 500):
            chunk = self.body[at : at + 500]
            self.sent += len(chunk)
            yield chunk

    async def aclose(self) -> None:
        self.is_closed = True


class FakeMedia:
    """One file; `has_ranges` tells whether parts of it can be had."""

    def __init__(
        self,
        content: bytes,
        *,
        has_ranges: bool = True,
        thumbnail: bytes | None = None,
        tells_size: bool = True,
    ) -> None:
        self.answers: list[FakeAnswer] = []
        self._content = content
        self._has_ranges = has_ranges
        self._thumbnail = thumbnail
        self._tells_size = tells_size

    async def fetch_thumbnail(self, link: Link) -> MediaAnswer | None:
        return None if self._thumbnail is None else self._answer(200, self._thumbnail)

    async def fetch(self, link: Link, wanted: Range | None) -> MediaAnswer:
        if wanted is None or not self._has_ranges:
            return self._answer(200, self._content)
        span = wanted.resolve(len(self._content))
        return self._answer(206, self._content[span.first : span.last + 1])

    def _answer(self, status: int, body: bytes) -> FakeAnswer:
        size = len(body) if self._tells_size else None
        answer = FakeAnswer(status, size, body)
        self.answers.append(answer)
        return answer


def create(media: FakeMedia) -> Originals:
    return Originals(media, whole_bytes=WHOLE_BYTES, end_bytes=END_BYTES)  # type: ignore[arg-type]  # what is used of it


@pytest.fixture
def spool() -> Iterator[SystemSpool]:
    with SystemSpool() as spool:
        yield spool


async def test_a_file_within_the_bound_is_read_whole(spool: SystemSpool) -> None:
    media = FakeMedia(JPEG[:WHOLE_BYTES])

    is_full = await create(media).read(LINK, spool)

    assert is_full
    assert b"".join(spool.read()) == JPEG[:WHOLE_BYTES]
    assert (spool.size, spool.total) == (None, WHOLE_BYTES)


async def test_the_upstreams_own_thumbnail_goes_before(spool: SystemSpool) -> None:
    media = FakeMedia(MP4, thumbnail=JPEG[:500])

    is_full = await create(media).read(LINK, spool)

    assert not is_full
    assert b"".join(spool.read()) == JPEG[:500]


@pytest.mark.parametrize("size", [len(MP4), WHOLE_BYTES + 1])
async def test_of_a_larger_video_both_ends_are_read_and_no_more(
    spool: SystemSpool, size: int
) -> None:
    media = FakeMedia(MP4[:size])

    is_full = await create(media).read(LINK, spool)

    assert is_full
    assert b"".join(spool.read()) == MP4[:END_BYTES] + MP4[size - END_BYTES : size]
    assert (spool.tail_bytes, spool.total) == (END_BYTES, size)
    assert sum(answer.sent for answer in media.answers) < 4 * END_BYTES


@pytest.mark.parametrize(
    "media",
    [
        FakeMedia(JPEG),
        FakeMedia(b"nothing known" * 1000),
        FakeMedia(MP4, has_ranges=False),
        FakeMedia(MP4, tells_size=False),
        FakeMedia(b"", thumbnail=JPEG),
    ],
)
async def test_what_is_too_large_is_refused_before_it_is_read(
    media: FakeMedia, spool: SystemSpool
) -> None:
    with pytest.raises(UnsupportedMediaError):
        await create(media).read(LINK, spool)

    assert all(answer.is_closed for answer in media.answers)
    assert all(answer.sent <= WHOLE_BYTES + 500 for answer in media.answers)
