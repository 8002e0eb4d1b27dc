"""The command line as such: help, wrong use, keys."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from gateway.cli import app
from tests import plain
from tests.stack.gateways import NAMES, document, serve, write
from tests.stack.processes import Commands


def run_here(*arguments: str) -> Result:
    """Run a command in this process: for what starts nothing."""
    return CliRunner().invoke(app, arguments, prog_name="gallery-gateway")


@pytest.mark.parametrize(
    "command", ["demo", "serve", "sandbox", "check", "key", "ls", "run", "verify"]
)
def test_every_command_explains_itself(command: str) -> None:
    result = run_here(command, "--help")

    assert result.exit_code == 0
    assert "Usage: " in result.stdout
    assert f" {command} " in run_here("--help").stdout


def test_the_module_is_the_command(commands: Commands) -> None:
    ended = commands.run("--help")

    assert ended.code == 0
    assert "Usage: " in ended.out
    assert "\x1b" not in ended.out


@pytest.mark.parametrize(
    "arguments",
    [
        "nowhere",
        "serve",
        "serve --config x --workers 0",
        "serve --config x --port many",
        "demo --port 65536",
        "demo --colour",
        "check",
        "key",
        "sandbox",
    ],
)
def test_wrong_use_ends_in_two(arguments: str) -> None:
    result = run_here(*arguments.split())

    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: ")


def test_an_unknown_sandbox_is_told_the_known_ones() -> None:
    result = run_here("sandbox", "nowhere")

    assert result.exit_code == 2
    assert all(name in result.stderr for name in NAMES)


def test_a_key_comes_with_the_hash_that_lets_it_in(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    made = commands.run("key", "web")
    key, digest = re.findall(r": +(\S+)$", made.out, re.MULTILINE)
    whole = document({"piktid": sandboxes["piktid"]})
    whole["tenants"][0]["keys"][0]["hash"] = digest
    gateway = serve(commands, write(tmp_path, whole))

    answers = [
        plain.get(f"{gateway.address}/v1/gallery", headers={"x-api-key": text})
        for text in (key, key[:-1], digest)
    ]

    assert digest == f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"
    assert [answer.status_code for answer in answers] == [200, 401, 401]


def test_no_two_keys_are_the_same() -> None:
    assert run_here("key", "web").stdout != run_here("key", "web").stdout


def test_the_table_that_a_key_prints_is_toml_whatever_its_name() -> None:
    made = run_here("key", 'a "quoted" [name]')

    _, _, table = made.stderr.partition("[[tenants.keys]]")
    keys = tomllib.loads(f"[[tenants.keys]]{table}")["tenants"]["keys"]
    assert keys[0]["name"] == 'a "quoted" [name]'
    assert keys[0]["hash"] in made.stdout
