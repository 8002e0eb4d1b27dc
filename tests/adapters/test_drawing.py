"""Drawing in processes apart: what a file claims costs neither the worker nor others."""

import asyncio
import io
import os
import signal
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from gateway.adapters.drawing import PROCESSES, DrawingPool
from gateway.core.errors import UnsupportedMediaError
from gateway.core.files import Ends
from gateway.sandbox.media import clip_names, read_clip

OURS, THEIRS = "studio:ours", "studio:theirs"
GROWTH_BYTES = 50 * 2**20


@pytest.fixture
async def pool() -> AsyncIterator[DrawingPool]:
    pool = DrawingPool()
    yield pool
    await pool.aclose()


def save(picture: Image.Image, form: str, **options: object) -> bytes:
    made = io.BytesIO()
    picture.save(made, form, **options)  # type: ignore[arg-type]  # the format's own
    return made.getvalue()


def small() -> bytes:
    return save(Image.new("RGB", (60, 40), "red"), "PNG")


def large() -> bytes:
    """26 megapixels in a few kilobytes."""
    return save(Image.new("L", (5_100, 5_100)), "PNG")


def box(name: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), name) + content


def endless_samples() -> bytes:
    """An MP4 of some 600 bytes whose sample table claims 40 million samples."""
    count, zeros = 40_000_000, bytes
    avc1 = box(
        b"avc1",
        zeros(6) + struct.pack(">H", 1) + zeros(16) + struct.pack(">HH", 64, 64),
        struct.pack(">II", 72 << 16, 72 << 16) + zeros(4) + struct.pack(">H", 1),
        zeros(32) + struct.pack(">Hh", 24, -1),
        box(b"avcC", bytes.fromhex("0142c00bffe100046742c00b01000268ce")),
    )
    table = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), avc1),
        box(b"stts", struct.pack(">IIII", 0, 1, count, 1)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, count, 1)),
        box(b"stsz", struct.pack(">III", 0, 1, count)),
        box(b"stco", struct.pack(">III", 0, 1, 48)),
    )
    minf = box(
        b"minf",
        box(b"vmhd", struct.pack(">I", 1) + zeros(8)),
        box(b"dinf", box(b"dref", struct.pack(">II", 0, 1), box(b"url ", b"\0\0\0\1"))),
        table,
    )
    handler = box(b"hdlr", zeros(8) + b"vide" + zeros(13))
    media = box(b"mdhd", zeros(12) + struct.pack(">II", 1000, count) + zeros(4))
    track = box(
        b"trak",
        box(
            b"tkhd",
            struct.pack(">I", 7) + zeros(8) + struct.pack(">I", 1) + zeros(60),
            struct.pack(">II", 64 << 16, 64 << 16),
        ),
        box(b"mdia", media, handler, minf),
    )
    movie = box(b"mvhd", zeros(12) + struct.pack(">II", 1000, count) + zeros(80))
    return box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41") + box(b"moov", movie, track)


def one_huge_tile() -> bytes:
    """A TIFF of 64 x 64 with one tile of 16,000 x 16,000."""
    tile = zlib.compress(bytes(16_000), 9)
    tags = [
        (256, 3, 1, 64),
        (257, 3, 1, 64),
        (258, 3, 1, 8),
        (259, 3, 1, 8),
        (262, 3, 1, 1),
        (277, 3, 1, 1),
        (322, 4, 1, 16_000),
        (323, 4, 1, 16_000),
        (324, 4, 1, 8),
        (325, 4, 1, len(tile)),
    ]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = struct.pack("<2sHI", b"II", 42, 8 + len(tile))
    return head + tile + struct.pack("<H", len(tags)) + entries + bytes(4)


def many_scans() -> bytes:
    """A JPEG with a Multi-Picture header, which Pillow calls MPO, of many scans."""
    first = Image.new("RGB", (2_000, 2_000), "red")
    content = save(first, "MPO", save_all=True, append_images=[first.resize((16, 16))])
    scan = content.index(b"\xff\xda")
    begin = content[scan : scan + 2 + int.from_bytes(content[scan + 2 : scan + 4])]
    return content[:scan] + begin * 40_000 + content[scan:]


HOSTILE = {
    "samples": endless_samples,
    "tile": one_huge_tile,
    "scans": many_scans,
}


def resident_bytes(name: str) -> int:
    """Read this process's resident size, `VmRSS`, or its peak, `VmHWM`."""
    (line,) = [
        line
        for line in Path("/proc/self/status").read_text("ascii").splitlines()
        if line.startswith(f"{name}:")
    ]
    return int(line.split()[1]) * 1024


def forget_the_peak() -> int:
    """Let `VmHWM` begin anew; give what is resident now."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return resident_bytes("VmRSS")


def children() -> set[int]:
    """Give the ids of this process's children, whichever thread has started them."""
    lists = [
        path.read_text("ascii").split()
        for path in Path("/proc/self/task").glob("*/children")
    ]
    return {int(child) for each in lists for child in each}


async def test_pictures_and_videos_are_drawn(pool: DrawingPool) -> None:
    clip = read_clip(clip_names()[0])
    halves = Ends(size=len(clip), head=clip[:-1_000], tail=clip[-1_000:])

    picture = await pool.draw(small(), 480, OURS)
    whole, ends = [await pool.draw(video, 480, OURS) for video in (clip, halves)]

    assert (picture.width, picture.height) == (60, 40)
    assert picture.placeholder
    assert whole.content == ends.content
    assert whole.duration_seconds is not None


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_a_file_claims_costs_the_worker_nothing(
    pool: DrawingPool, name: str
) -> None:
    content = HOSTILE[name]()
    await pool.draw(small(), 480, OURS)
    before = forget_the_peak()

    with pytest.raises(UnsupportedMediaError):
        await pool.draw(content, 480, OURS)

    assert resident_bytes("VmHWM") - before < GROWTH_BYTES
    assert (await pool.draw(small(), 480, OURS)).width == 60


async def test_one_that_takes_too_long_is_given_up_and_the_next_is_drawn() -> None:
    before = children()
    pool = DrawingPool(seconds=5.0)
    await pool.draw(small(), 480, OURS)
    (process,) = children() - before
    os.kill(process, signal.SIGSTOP)

    with pytest.raises(UnsupportedMediaError, match="too much"):
        await pool.draw(small(), 480, OURS)

    assert (await pool.draw(small(), 480, OURS)).width == 60
    assert process not in children()
    await pool.aclose()


async def test_a_signal_to_the_whole_group_ends_no_drawing(pool: DrawingPool) -> None:
    before = children()
    await pool.draw(small(), 480, OURS)
    (process,) = children() - before

    os.kill(process, signal.SIGTERM)

    assert (await pool.draw(small(), 480, OURS)).width == 60
    assert process in children()


async def test_one_account_leaves_a_process_to_the_others(pool: DrawingPool) -> None:
    content = large()
    ours = [
        asyncio.create_task(pool.draw(content, 480, OURS)) for _ in range(4 * PROCESSES)
    ]
    await asyncio.sleep(0)

    await pool.draw(small(), 480, THEIRS)

    assert not all(task.done() for task in ours)
    drawn = await asyncio.gather(*ours)
    assert {(one.width, one.height) for one in drawn} == {(5_100, 5_100)}


async def test_who_goes_away_leaves_no_drawing_behind(pool: DrawingPool) -> None:
    task = asyncio.create_task(pool.draw(large(), 480, OURS))
    await asyncio.sleep(0.05)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (await pool.draw(small(), 480, OURS)).width == 60
