"""The commands, and third parties' packages installed beside ours."""

import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.upstream import KEY, Upstream, running_upstream
from tests.stack.gateways import Gateway, document, serve, write
from tests.stack.processes import Commands, starting_commands

HERE = Path(__file__).parent
COUNT = 60
NAMES = ("tokened", "offset")
SCOPES = ["gallery:read", "account:read", "jobs:write"]

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


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with running_upstream(COUNT) as upstream:
        yield upstream


def configure(upstream: Upstream) -> dict[str, Any]:
    whole = document({})
    whole["cache"] = {"fresh_seconds": 0.0}
    whole["providers"] = {
        name: {
            "base_url": upstream.address,
            "page_size": 7,
            "allow_private_addresses": True,
        }
        for name in NAMES
    }
    (tenant,) = whole["tenants"]
    tenant["credentials"] = {name: {"api_key": KEY} for name in NAMES}
    tenant["keys"][0]["scopes"] = SCOPES
    return whole


@pytest.fixture
def gateway(
    commands: Commands, install: Install, upstream: Upstream, tmp_path: Path
) -> Gateway:
    """Serve both of the packages, over the one upstream."""
    environment: dict[str, str] = {}
    for name in NAMES:
        environment |= install(HERE / name)
    path = write(tmp_path, configure(upstream))
    return serve(commands, path, environment=environment)
