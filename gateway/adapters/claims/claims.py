"""What a file claims, held against its bytes, before a decoder believes it.

The drawing processes' bounds hold whatever comes; these checks cost no process.
"""

import io
import itertools
import struct
from collections.abc import Iterator

from gateway.adapters.claims.av1 import find_sides
from gateway.adapters.claims.boxes import Seekable, find_boxes, read_boxes
from gateway.plugin.errors import UnsupportedMediaError

_FEW_SAMPLES = 100_000
_TABLES = (b"trak", b"mdia", b"minf", b"stbl")
_ENTRY_BYTES = {b"stts": 8, b"ctts": 8, b"stsc": 12, b"stco": 4, b"co64": 8, b"stss": 4}
"""How many bytes an entry of a sample table takes (ISO/IEC 14496-12, 8.6 to 8.7)."""
_RUNS = frozenset({b"stts", b"ctts"})
"""Each of their entries is a count of samples, and a time for all of them."""
_MOST_MOVIE_BYTES = 2**26
_SPAN_BYTES = 2**16
"""How far into an item its sequence header is looked for: it comes first."""
_MOST_FRAMES = 1_000
_MOST_TIMES = 4
_FEW_PIXELS = 2**20


def check_movie(file: Seekable, size: int) -> None:
    """Refuse an MP4 or MOV whose tables claim more samples than its bytes can hold.

    Raises:
        UnsupportedMediaError: they do.
        OSError: a part of the file that is wanted is not at hand.
    """
    for box in read_boxes(file, 0, size):
        if box.kind not in {b"moov", b"moof"}:
            continue
        if box.end - box.start > _MOST_MOVIE_BYTES:
            raise UnsupportedMediaError("the video's tables are too long")
        file.seek(box.start)
        content = file.read(box.end - box.start)
        most = max(size, _FEW_SAMPLES)
        for tables in find_boxes(content, _TABLES):
            if any(samples > most for samples in _count_samples(tables)):
                raise UnsupportedMediaError("the video claims too many samples")
        if sum(_count_runs(content)) > most:
            raise UnsupportedMediaError("the video claims too many samples")


def check_avif(content: bytes) -> None:
    """Refuse an AVIF whose frames are far larger than the picture it says it is.

    Raises:
        UnsupportedMediaError: they are.
    """
    said = max((width * height for width, height in _read_extents(content)), default=0)
    most = max(_MOST_TIMES * said, _FEW_PIXELS)
    for at in itertools.islice(_find_frames(content), _MOST_FRAMES):
        for width, height in find_sides(content[at : at + _SPAN_BYTES]):
            if width * height > most:
                raise UnsupportedMediaError("the picture is larger than it says")


def check_tiles(picture: tuple[int, int], tile: tuple[int, int]) -> None:
    """Refuse a picture with tiles that are far larger than itself.

    Raises:
        UnsupportedMediaError: they are.
    """
    said = picture[0] * picture[1]
    if tile[0] * tile[1] > max(_MOST_TIMES * said, _FEW_PIXELS):
        raise UnsupportedMediaError("the picture's tiles are larger than itself")


def _count_samples(tables: bytes) -> Iterator[int]:
    """Yield what each table claims: samples, or bytes where those are all of one size."""
    for box in read_boxes(io.BytesIO(tables), 0, len(tables)):
        content = tables[box.start : box.end]
        if box.kind in _ENTRY_BYTES:
            yield from _count_entries(box.kind, content)
        elif box.kind == b"stsz":
            each, count = _unpack(">4xII", content)
            _bound(count * (0 if each else 4), content)
            yield max(each, 1) * count
        elif box.kind == b"stz2":
            _, count = _unpack(">4xII", content)
            _bound(count // 2, content)
            yield count


def _count_entries(kind: bytes, content: bytes) -> Iterator[int]:
    (count,) = _unpack(">4xI", content)
    _bound(count * _ENTRY_BYTES[kind], content)
    if kind in _RUNS:
        runs = content[8 : 8 + 8 * count]
        yield sum(samples for samples, _ in struct.iter_unpack(">II", runs))


def _count_runs(content: bytes) -> Iterator[int]:
    """Yield how many samples the runs of a movie fragment claim (8.8.8)."""
    for run in find_boxes(content, (b"traf", b"trun")):
        yield _unpack(">4xI", run)[0]


def _bound(claimed_bytes: int, content: bytes) -> None:
    if claimed_bytes > len(content):
        raise UnsupportedMediaError("a table of the video claims more than it holds")


def _read_extents(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield the widths and heights that an AVIF says its pictures have (ispe, av01)."""
    for meta in find_boxes(content, (b"meta",)):
        for extents in find_boxes(meta[4:], (b"iprp", b"ipco", b"ispe")):
            width, height = _unpack(">4xII", extents)
            yield width, height
    for sample in _find_sample_entries(content):
        width, height = _unpack(">24xHH", sample)
        yield width, height


def _find_sample_entries(content: bytes) -> Iterator[bytes]:
    for kinds in find_boxes(content, (b"moov", *_TABLES, b"stsd")):
        yield from find_boxes(kinds[8:], (b"av01",))


def _find_frames(content: bytes) -> Iterator[int]:
    """Yield where coded frames begin: those of items, and those of chunks of a track."""
    for meta in find_boxes(content, (b"meta",)):
        for locations in find_boxes(meta[4:], (b"iloc",)):
            yield from _read_locations(locations)
    for kind, width in ((b"stco", 4), (b"co64", 8)):
        for chunks in find_boxes(content, (b"moov", *_TABLES, kind)):
            for at in range(8, min(len(chunks), 8 + 64 * width), width):
                yield int.from_bytes(chunks[at : at + width], "big")


def _read_locations(content: bytes) -> Iterator[int]:
    """Yield the offsets of all items in the file (iloc, ISO/IEC 14496-12, 8.11.3)."""
    fields = _Fields(content)
    version = fields.take(1)
    fields.take(3)
    sizes = fields.take(2)
    offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    has_method = version in {1, 2}
    items = fields.take(2 if version < 2 else 4)  # noqa: PLR2004  # the box's version
    while items > 0 and not fields.is_over:
        items -= 1
        fields.take(2 if version < 2 else 4)  # noqa: PLR2004
        fields.take(4 if has_method else 2)
        begin = fields.take(base)
        extents = fields.take(2)
        while extents > 0 and not fields.is_over:
            extents -= 1
            fields.take(index if has_method else 0)
            yield begin + fields.take(offset)
            fields.take(length)


class _Fields:
    """Numbers of so many bytes, one after another; zeros behind the end."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    @property
    def is_over(self) -> bool:
        return self._at >= len(self._content)

    def take(self, size: int) -> int:
        field = self._content[self._at : self._at + size]
        self._at += size
        return int.from_bytes(field, "big")


def _unpack(form: str, content: bytes) -> tuple[int, ...]:
    """Read numbers at the beginning; zeros where the content is too short."""
    size = struct.calcsize(form)
    return struct.unpack(form, content[:size].ljust(size, b"\0"))
