"""A command on a terminal of a given width, and commands in a shell's pipe."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from tests.stack.processes import BOUND_SECONDS

ENVIRONMENT = dict(os.environ)
COMMAND = f"{sys.executable} -m gateway"


class Shown(NamedTuple):
    code: int
    text: str


def show(
    *arguments: str, width: int = 120, environment: Mapping[str, str] | None = None
) -> Shown:
    """Run a command on a terminal; what it writes to either stream is shown there."""
    near, far = pty.openpty()
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    usual = {"TERM": "xterm", "PATH": ENVIRONMENT["PATH"]}
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "gateway", *arguments],
        stdin=far,
        stdout=far,
        stderr=far,
        env={**usual, **(environment or {})},
        start_new_session=True,
    )
    os.close(far)
    shown = b""
    with suppress(OSError):  # its end, on Linux
        while read := os.read(near, 65_536):
            shown += read
    os.close(near)
    return Shown(process.wait(BOUND_SECONDS), shown.decode().replace("\r\n", "\n"))


def pipe(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a shell's pipe; `gallery` in it is the command."""
    whole = f'gallery() {{ {COMMAND} "$@"; }}\n{script}'
    return subprocess.run(  # noqa: S603
        ["/bin/bash", "-c", whole],
        env={"PATH": ENVIRONMENT["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=BOUND_SECONDS,
    )
