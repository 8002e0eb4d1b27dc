"""The documented Go client, as it stands in Hyper3D's document, against the sandbox.

On demand: set GATEWAY_TEST_GO or GATEWAY_TEST_ALL. The document is not ours to copy;
GATEWAY_HYPER3D_CLIENT says where it is.
"""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.programs import find_program, skip_unless_asked_for
from tests.sandbox.serving import wait_until_open
from tests.tcp_ports import reserve_port

REPOSITORY = Path(__file__).parents[2]
ENVIRONMENT = dict(os.environ)  # what `go` runs in, and the test's switches
DOCUMENT = Path(
    ENVIRONMENT.get("GATEWAY_HYPER3D_CLIENT")
    or REPOSITORY.parent / "shared" / "upstream" / "hyper3d-client.md"
)
OFFLINE = {
    "CGO_ENABLED": "0",
    "GO111MODULE": "auto",
    "GOFLAGS": "-mod=mod",
    "GOPROXY": "off",
    "GOTOOLCHAIN": "local",
}
BUILD_SECONDS = 300
CREDENTIAL = {
    '"example@example.com"': '"demo@example.com"',
    '"<your password>"': '"demo"',
}


@pytest.fixture
def document() -> str:
    skip_unless_asked_for("GATEWAY_TEST_GO")
    if not DOCUMENT.is_file():
        pytest.skip("Hyper3D's client document is not there: GATEWAY_HYPER3D_CLIENT")
    find_program("go")
    return DOCUMENT.read_text(encoding="utf-8")


async def test_the_documented_go_client_logs_in_and_fetches_a_page(
    document: str, tmp_path: Path
) -> None:
    async with running_sandbox() as base_url:
        program = tmp_path / "main.go"
        program.write_text(to_program(document, base_url), encoding="utf-8")

        said = await run_go(program)

    assert re.search(r"^Logged in successfully\. Token: \S+ ", said, re.MULTILINE)
    assert "demo@example.com" in said
    assert "Fetched 24 Gallery items" in said


def to_program(document: str, base_url: str) -> str:
    """Take the program out, changing where it calls and as whom."""
    found = re.search(r"```go\n(.*?)\n```", document, re.DOTALL)
    assert found is not None
    constant = re.compile(r'^const BaseURI = "[^"]*"$', re.MULTILINE)
    program, count = constant.subn(f'const BaseURI = "{base_url}"', found[1])
    assert count == 1
    for documented, ready in CREDENTIAL.items():
        assert program.count(documented) == 1
        program = program.replace(documented, ready)
    return program


@asynccontextmanager
async def running_sandbox() -> AsyncIterator[str]:
    """Run the sandbox as a process of its own; gives its base address."""
    port = reserve_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "granian", "--interface", "asgi", "--factory"),
        *("--host", "127.0.0.1", "--port", str(port), "--no-log"),
        "providers.hyper3d.sandbox:create_app",
        cwd=REPOSITORY,
    )
    try:
        await wait_until_open(port)
        yield f"http://127.0.0.1:{port}/api"
    finally:
        process.terminate()
        await process.wait()


async def run_go(program: Path) -> str:
    """Build and run a program that needs nothing but the standard library."""
    process = await asyncio.create_subprocess_exec(
        *("go", "run", program.name),
        cwd=program.parent,
        env={**ENVIRONMENT, **OFFLINE},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(BUILD_SECONDS):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, said.decode()
    return said.decode()
