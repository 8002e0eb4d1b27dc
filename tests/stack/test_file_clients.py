"""Programs that fetch files, with what they do on their own: resume, part, seek.

Over an upstream that has no ranges. Those that are not on PATH are left out;
GATEWAY_TEST_ALL makes that a failure.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from tests.programs import find_program
from tests.stack import films
from tests.stack.gateways import Gateway

SECONDS = 120
PART = 1_000_000


class Film(Struct, frozen=True, kw_only=True):
    """The link of a film, and its bytes."""

    link: str
    content: bytes


@pytest.fixture(scope="module")
def film(
    running_sandboxes: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Film]:
    folder = tmp_path_factory.mktemp("films")
    with films.running_film_gateway(folder, running_sandboxes) as (gateway, content):
        yield Film(link=link_of(gateway), content=content)


def link_of(gateway: Gateway) -> str:
    (item,) = gateway.page(provider="films")["items"]
    return f"{gateway.address}{item['cover']['url']}"


def run(folder: Path, program: str, *arguments: str) -> str:
    """Run a program to its good end; give what it says."""
    ended = subprocess.run(  # noqa: S603  # a program of the machine's
        [find_program(program), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


RESUMING = {
    "curl": ("--silent", "--show-error", "-C", "-", "-o", "film.mp4"),
    "wget": ("--no-verbose", "-c", "-O", "film.mp4"),
    "aria2c": ("--quiet", "-c", "-o", "film.mp4", "--auto-file-renaming=false"),
}


@pytest.mark.parametrize("program", RESUMING)
@pytest.mark.parametrize("there", [0, PART, None], ids=["nothing", "a part", "all"])
def test_a_program_fetches_what_it_has_not(
    film: Film, tmp_path: Path, program: str, there: int | None
) -> None:
    path = tmp_path / "film.mp4"
    if there != 0:
        path.write_bytes(film.content[:there])

    run(tmp_path, program, *RESUMING[program], film.link)

    assert path.read_bytes() == film.content


def test_four_connections_fetch_a_file_in_parts(film: Film, tmp_path: Path) -> None:
    parts = ("-x4", "-s4", "-k1M", "-o", "film.mp4")

    said = run(tmp_path, "aria2c", *parts, "--summary-interval=0", film.link)

    assert "OK" in said
    assert (tmp_path / "film.mp4").read_bytes() == film.content


def test_a_probe_seeks_to_what_it_wants(film: Film, tmp_path: Path) -> None:
    behind = films.SECONDS - 2
    told = run(
        tmp_path,
        "ffprobe",
        *("-v", "error", "-read_intervals", f"{behind}%+1", "-select_streams", "v"),
        *("-show_entries", "packet=pts_time:format=duration,size", "-of", "default"),
        film.link,
    )

    lines = told.splitlines()
    times = [float(one.partition("=")[2]) for one in lines if "pts_time" in one]
    assert f"size={len(film.content)}" in lines
    assert times
    assert all(behind - 2 <= time <= films.SECONDS for time in times)
