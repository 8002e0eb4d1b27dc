"""What the client's import loads and takes, and what a type checker knows of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("litestar", "granian", "redis", "PIL", "cryptography", "structlog", "aiohttp")
MOST_SECONDS = 0.050
MOST_OF_LIBRARIES = 0.4
"""On a slower machine all of it takes longer."""
_MEASURE = """
import time
begun = time.process_time()
import httpx, msgspec
middle = time.process_time()
import gateway.client
print(time.process_time() - middle, middle - begun)
"""
_GOOD = """
from datetime import UTC, datetime
from pathlib import Path

from gateway.client import (
    AsyncGallery, Gallery, GalleryItem, GatewayError, Job, JobHandle, UnavailableError
)


def read(gallery: Gallery) -> list[GalleryItem]:
    found = list(gallery.items(provider=["avatar"], hyper3d={"type": "Featured"}))
    page = gallery.page(limit=3, kind="image", created_after=datetime.now(UTC))
    cursor: str | None = page.next_cursor
    for source in page.sources:
        print(source.provider, source.state, cursor)
    return found


def send(gallery: Gallery) -> Job:
    handle: JobHandle = gallery.submit("avatar", "generate", {"prompt": "a hat"})
    try:
        return handle.wait(60)
    except UnavailableError as error:
        print(error.code, error.retry_after_seconds)
        raise


async def read_asynchronously(gallery: AsyncGallery) -> Path | None:
    async with gallery:
        items = gallery.items(cursor=None)
        async for item in items:
            if item.cover is not None and item.kind == "image":
                return await gallery.download(item.cover, "it.jpg")
    return None
"""
_BAD = """
from gateway.client import Gallery

Gallery().page(limit="3")
Gallery().items().next_cursor
Gallery().item(3)
Gallery().page(q=object())
"""


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run Python as a service would, not looked at by the measurement of coverage."""
    looked_at = {name for name in os.environ if name.startswith("COVERAGE")}
    return subprocess.run(  # noqa: S603
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={name: os.environ[name] for name in os.environ.keys() - looked_at},
    )


def test_the_import_loads_nothing_that_only_a_server_needs() -> None:
    told = run("-c", "import gateway.client, sys; print(*sys.modules)").stdout

    loaded = {name.partition(".")[0] for name in told.split()}
    assert "httpx" in loaded
    assert not loaded & set(HEAVY)


def test_the_import_takes_little_beyond_httpx_and_msgspec() -> None:
    runs = [map(float, run("-c", _MEASURE).stdout.split()) for _ in range(5)]
    seconds, libraries = map(min, zip(*runs, strict=True))

    assert seconds <= max(MOST_SECONDS, MOST_OF_LIBRARIES * libraries)


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("service")

    def run_mypy(code: str) -> str:
        (folder / "service.py").write_text(code, encoding="utf-8")
        cache = f"--cache-dir={folder / 'cache'}"
        ended = run("-m", "mypy", "--strict", cache, "service.py", cwd=folder)
        assert not ended.stderr
        return ended.stdout

    return run_mypy


def test_a_services_code_is_typed_strictly(check) -> None:
    assert check(_GOOD).startswith("Success")


def test_a_mistake_of_a_services_is_found(check) -> None:
    found = check(_BAD)

    lines = {line.split(":")[1] for line in found.splitlines() if ": error:" in line}
    assert lines == {"4", "5", "6", "7"}
