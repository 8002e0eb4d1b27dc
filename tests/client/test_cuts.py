"""Downloads through a proxy that cuts every 100 KB, from a real gateway."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from gateway.client import ConnectionFailedError
from tests.api.world import READER, World, serve_gateway
from tests.client.conftest import Open
from tests.client.large_file import (
    CUT_BYTES,
    ENTRY,
    FILE,
    cutting,
    serving_large_file,
)
from tests.plain import NO_TLS

ITEM = f"avatar:{ENTRY['url']}"


@pytest.fixture
def large_world(
    portal: BlockingPortal, sandboxes: Mapping[str, httpx.Client], tmp_path: Path
) -> Iterator[World]:
    folder = tmp_path / "world"
    folder.mkdir()
    with (
        serving_large_file() as address,
        httpx.Client(verify=NO_TLS, base_url=address) as avatar,
        serve_gateway(portal, {**sandboxes, "avatar": avatar}, folder) as world,
    ):
        yield world


def test_a_file_is_the_same_and_no_byte_of_it_passed_twice(
    large_world: World, open_gallery: Open, tmp_path: Path
) -> None:
    with cutting(str(large_world.gateway.base_url)) as (address, passed):
        gallery = open_gallery(str(large_world.gateway.base_url), READER)
        asset = gallery.item(ITEM).cover
        link = f"{address}{asset.url}"

        gallery.download(link, tmp_path / "it.mp4")

    ends = [start + count for start, count in passed]
    assert (tmp_path / "it.mp4").read_bytes() == FILE
    assert len(passed) == -(-len(FILE) // CUT_BYTES) > 20
    assert [start for start, _ in passed] == [0, *ends[:-1]]
    assert sum(count for _, count in passed) == len(FILE)


def test_another_process_goes_on_with_what_there_is(
    large_world: World, open_gallery: Open, tmp_path: Path
) -> None:
    class KilledError(Exception):
        pass

    def kill(done: int, total: int | None) -> None:
        if done > len(FILE) // 2:
            raise KilledError

    with cutting(str(large_world.gateway.base_url)) as (address, passed):
        first = open_gallery(str(large_world.gateway.base_url), READER)
        link = f"{address}{first.item(ITEM).cover.url}"
        with pytest.raises(KilledError):
            first.download(link, tmp_path / "it.mp4", on_progress=kill)
        half = (tmp_path / "it.mp4.part").stat().st_size

        second = open_gallery(str(large_world.gateway.base_url), READER)
        second.download(link, tmp_path / "it.mp4")

    assert (tmp_path / "it.mp4").read_bytes() == FILE
    assert half > len(FILE) // 2
    assert (half, CUT_BYTES) in passed


def test_a_gateway_that_is_gone_for_good_is_told(
    large_world: World, open_gallery: Open, tmp_path: Path
) -> None:
    with cutting("http://127.0.0.1:9") as (address, _):
        gallery = open_gallery(address, retries=1)
        with pytest.raises(ConnectionFailedError):
            gallery.download("/v1/media/t/a.mp4", tmp_path / "it.mp4")

    assert not (tmp_path / "it.mp4").exists()
