"""Thumbnails: kept ones against a bare handler, first ones against Pillow alone."""

import io
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from PIL import Image

from tests.benchmarks import configuration, gallery_of_files, stand
from tests.benchmarks.contest import compete
from tests.benchmarks.download import on_core
from tests.benchmarks.load import CALLER_CORE, SERVER_CORE
from tests.benchmarks.media import CACHE
from tests.benchmarks.outcome import Outcome
from tests.benchmarks.spread import to_spread

PICTURES = 20
SIZE = (4000, 3000)
SIDE = 480
LEAST_RATIO = 0.6
MOST_RATIO = 2.0


def measure(folder: Path) -> list[Outcome]:
    """Ask for the first thumbnails of pictures of 12 megapixels, then load one of them."""
    photo = _draw_photo()
    with _gallery(folder, photo) as links:
        first = _measure_first(links, photo)
        kept = httpx.get(links[0]).raise_for_status().content
        (folder / "kept").write_bytes(kept)
        with stand.bare(folder / "kept", SERVER_CORE, "image/webp") as bare:
            contest = compete(links[0], bare.address, {})
    line = f"thumbnail of {len(kept)} bytes from cache: {contest.tell('bare handler')}"
    return [first, Outcome(line, contest.ratio, LEAST_RATIO, is_least=True)]


@contextmanager
def _gallery(folder: Path, photo: bytes) -> Iterator[list[str]]:
    """Run a gateway over many pictures; give the addresses of their thumbnails."""
    file = folder / "photo.jpg"
    file.write_bytes(photo)
    with gallery_of_files.serving(
        folder / "files", file, "image", PICTURES, CALLER_CORE
    ) as upstream:
        config = configuration.write(folder, {"avatar": upstream.address}, cache=CACHE)
        with stand.gateway(config, SERVER_CORE) as gateway:
            answer = httpx.get(
                f"{gateway.address}/v1/gallery",
                headers=configuration.HEADERS,
                timeout=30,
            )
            items = answer.raise_for_status().json()["items"]
            yield [
                gateway.address + item["assets"][0]["thumbnail_url"] for item in items
            ]


def _measure_first(links: list[str], photo: bytes) -> Outcome:
    """Compare to Pillow, in turns and on the same core."""
    ours, alone = [], []
    with httpx.Client(timeout=60) as client:
        for link in links:
            begun = time.perf_counter()
            client.get(link).raise_for_status()
            ours.append(time.perf_counter() - begun)
            with on_core(SERVER_CORE):
                begun = time.perf_counter()
                _make_small(photo)
                alone.append(time.perf_counter() - begun)
    ratio = statistics.median(ours) / statistics.median(alone)
    line = (
        f"first thumbnail of a JPEG of 12 megapixels and {len(photo) / 1e6:.1f} MB:"
        f" {to_spread(ours)}; Pillow alone {to_spread(alone)}: ratio {ratio:.2f}"
    )
    return Outcome(line, ratio, MOST_RATIO)


def _draw_photo() -> bytes:
    """Draw what takes a camera's photo's bytes: forms of all sizes, down to grain."""
    picture = Image.new("RGB", SIZE, "grey")
    for part in (400, 80, 16, 4, 1):
        size = (SIZE[0] // part, SIZE[1] // part)
        channels = [Image.effect_noise(size, 80).resize(SIZE) for _ in "RGB"]
        picture = Image.blend(picture, Image.merge("RGB", channels), 0.3)
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=80)
    return made.getvalue()


def _make_small(photo: bytes) -> bytes:
    """Do with Pillow what the gateway's settings are: as large, as good, as thorough."""
    with Image.open(io.BytesIO(photo)) as opened:
        opened.thumbnail((SIDE, SIDE))
        made = io.BytesIO()
        opened.save(made, "WEBP", quality=80, method=2)
    return made.getvalue()
