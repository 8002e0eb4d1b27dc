"""The commands, and third parties' packages installed beside ours."""

import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stack.processes import Commands, starting_commands

Install = Callable[[Path], dict[str, str]]


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    output = tmp_path / "output"
    output.mkdir()
    with starting_commands(output) as commands:
        yield commands


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Install a package's folder as pip would, without a network.

    Gives the environment in which it is installed.
    """
    site = tmp_path / "site-packages"

    def install(package: Path) -> dict[str, str]:
        project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
        name, version = project["name"], project["version"]
        spelt = name.replace("-", "_")
        marks = site / f"{spelt}-{version}.dist-info"
        marks.mkdir(parents=True)
        shutil.copytree(package, site / package.name)
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (marks / "METADATA").write_text(metadata)
        points = "".join(
            f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in own.items())
            for group, own in project["entry-points"].items()
        )
        (marks / "entry_points.txt").write_text(points)
        return {"PYTHONPATH": str(site)}

    return install
