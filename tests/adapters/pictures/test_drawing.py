"""Drawing in processes apart: what a file claims costs neither the worker nor others."""

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from gateway.adapters.pictures.drawing import PROCESSES, DrawingPool
from gateway.adapters.pictures.spool import SystemSpool
from gateway.media.files import Content, Drawn, Ends
from gateway.plugin.errors import UnsupportedMediaError
from gateway.sandbox.media import clip_names, read_clip
from tests.adapters.claims.hostile_files import HOSTILE, save

OURS, THEIRS = "studio:ours", "studio:theirs"
GROWTH_BYTES = 50 * 2**20


@pytest.fixture
async def pool() -> AsyncIterator[DrawingPool]:
    pool = DrawingPool()
    yield pool
    await pool.aclose()


async def draw(pool: DrawingPool, content: Content, account: str = OURS) -> Drawn:
    with SystemSpool() as spool:
        if isinstance(content, Ends):
            spool.write(content.head)
            spool.write(content.tail)
            spool.size, spool.tail_bytes = content.size, len(content.tail)
        else:
            spool.write(content)
        return await pool.draw(spool, 480, account)


async def flatten(pool: DrawingPool, content: bytes) -> Image.Image:
    with SystemSpool() as spool:
        spool.write(content)
        return Image.open(io.BytesIO(await pool.flatten(spool, OURS)))


def small() -> bytes:
    return save(Image.new("RGB", (60, 40), "red"), "PNG")


def large() -> bytes:
    """26 megapixels in a few kilobytes."""
    return save(Image.new("L", (5_100, 5_100)), "PNG")


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
    """Return the ids of this process's children, whichever thread has started them."""
    lists = [
        path.read_text("ascii").split()
        for path in Path("/proc/self/task").glob("*/children")
    ]
    return {int(child) for each in lists for child in each}


async def test_pictures_and_videos_are_drawn(pool: DrawingPool) -> None:
    clip = read_clip(clip_names()[0])
    halves = Ends(size=len(clip), head=clip[:-1_000], tail=clip[-1_000:])

    picture = await draw(pool, small())
    whole, ends = [await draw(pool, video) for video in (clip, halves)]

    assert (picture.width, picture.height) == (60, 40)
    assert picture.placeholder
    assert whole.content == ends.content
    assert whole.duration_seconds is not None


async def test_pictures_are_flattened_the_large_ones_in_their_turn(
    pool: DrawingPool,
) -> None:
    flat = await flatten(pool, save(Image.new("RGBA", (60, 40)), "PNG"))
    turns = [await flatten(pool, large()), await flatten(pool, small())]

    assert (flat.format, flat.mode, flat.size) == ("JPEG", "RGB", (60, 40))
    assert flat.getpixel((30, 20)) == (255, 255, 255)
    assert [one.size for one in turns] == [(4_096, 4_096), (60, 40)]


@pytest.mark.parametrize("name", [*HOSTILE, "text"])
async def test_what_cannot_be_flattened_costs_the_worker_nothing(
    pool: DrawingPool, name: str
) -> None:
    content = HOSTILE[name]() if name in HOSTILE else b"no picture"
    await draw(pool, small())
    before = forget_the_peak()

    with pytest.raises(UnsupportedMediaError):
        await flatten(pool, content)

    assert resident_bytes("VmHWM") - before < GROWTH_BYTES


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_a_file_claims_costs_the_worker_nothing(
    pool: DrawingPool, name: str
) -> None:
    content = HOSTILE[name]()
    await draw(pool, small())
    before = forget_the_peak()

    with pytest.raises(UnsupportedMediaError):
        await draw(pool, content)

    assert resident_bytes("VmHWM") - before < GROWTH_BYTES
    assert (await draw(pool, small())).width == 60


async def test_one_that_takes_too_long_is_given_up_and_the_next_is_drawn() -> None:
    before = children()
    pool = DrawingPool(seconds=5.0)
    await draw(pool, small())
    (process,) = children() - before
    os.kill(process, signal.SIGSTOP)

    with pytest.raises(UnsupportedMediaError, match="too much"):
        await draw(pool, small())

    assert (await draw(pool, small())).width == 60
    assert process not in children()
    await pool.aclose()


async def test_a_signal_to_the_whole_group_ends_no_drawing(pool: DrawingPool) -> None:
    before = children()
    await draw(pool, small())
    (process,) = children() - before

    os.kill(process, signal.SIGTERM)

    assert (await draw(pool, small())).width == 60
    assert process in children()


async def test_one_account_leaves_a_process_to_the_others(pool: DrawingPool) -> None:
    content = large()
    ours = [asyncio.create_task(draw(pool, content)) for _ in range(4 * PROCESSES)]
    await asyncio.sleep(0)

    await draw(pool, small(), THEIRS)

    assert not all(task.done() for task in ours)
    drawn = await asyncio.gather(*ours)
    assert {(one.width, one.height) for one in drawn} == {(5_100, 5_100)}


async def test_who_goes_away_leaves_no_drawing_behind(pool: DrawingPool) -> None:
    task = asyncio.create_task(draw(pool, large()))
    await asyncio.sleep(0.05)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (await draw(pool, small())).width == 60
