"""Packages of npm that tests fetch into folders of their own, and the programs in them."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.programs import ENVIRONMENT

INSTALL = "npm install --ignore-scripts --no-package-lock --no-audit --no-fund"
BOUND_SECONDS = 600


def run(folder: Path, command: str) -> str:
    """Run a command, which may be one that the folder's own packages have."""
    own = [str(folder / "venv" / "bin"), str(folder / "node_modules" / ".bin")]
    path = os.pathsep.join([*own, ENVIRONMENT["PATH"]])
    name, *arguments = command.split()
    found = shutil.which(name, path=path)
    assert found is not None, f"there is no {name}"
    ended = subprocess.run(  # noqa: S603  # the tests' own commands
        [found, *arguments],
        cwd=folder,
        env={**ENVIRONMENT, "REDOCLY_TELEMETRY": "off", "PATH": path},
        timeout=BOUND_SECONDS,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"
    return ended.stdout
