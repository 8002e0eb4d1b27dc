"""What an image is built of, and its own checks, without Docker."""

import fnmatch
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.stack.echo import echoing

REPOSITORY = Path(__file__).parents[2]
PINNED = re.compile(r"^([a-z0-9.-]+)==\S+(?: \\\n\s+--hash=sha256:\S+)+$", re.MULTILINE)


@pytest.fixture(scope="module")
def steps() -> list[str]:
    """The Dockerfile's instructions, each on one line."""
    text = (REPOSITORY / "deploy" / "Dockerfile").read_text("utf-8")
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    return lines.replace("\\\n", "").splitlines()


@pytest.fixture(scope="module")
def project() -> dict[str, object]:
    whole = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    return {**whole["project"], "build": whole["build-system"]["requires"]}


def find(steps: list[str], word: str) -> list[str]:
    return [step.removeprefix(f"{word} ") for step in steps if step.startswith(word)]


def test_what_builds_the_project_is_locked_too(project: dict[str, object]) -> None:
    lock = (REPOSITORY / "deploy" / "build.lock").read_text("utf-8")

    pinned = set(PINNED.findall(lock))

    assert isinstance(project["build"], list)
    assert pinned >= set(project["build"])
    assert len(pinned) == len(re.findall(r"^[^\s#]", lock, re.MULTILINE))
    assert "://" not in lock


def test_every_package_comes_in_with_its_hash(steps: list[str]) -> None:
    installs = re.findall(
        r"pip \S*(?: \S+/python)? ?(?:install|download)[^&]*", " ".join(steps)
    )

    assert len(installs) == 3
    for install in installs:
        assert "--require-hashes" in install or "--no-index" in install


def test_the_image_names_its_version_and_no_place_that_it_comes_from(
    steps: list[str], project: dict[str, object]
) -> None:
    arguments = dict(step.partition("=")[::2] for step in find(steps, "ARG"))

    assert arguments["VERSION"] == project["version"]
    assert str(project["description"]) in " ".join(find(steps, "LABEL"))
    assert "://" not in "".join(steps).replace("http://127.0.0.1", "")


def test_it_runs_as_a_number_and_takes_signals_itself(steps: list[str]) -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", find(steps, "USER")[-1])
    assert json.loads(find(steps, "ENTRYPOINT")[-1]) == ["gallery-gateway"]
    assert find(steps, "STOPSIGNAL") == ["SIGTERM"]


def test_all_that_is_copied_is_there_and_sent_to_the_builder(steps: list[str]) -> None:
    ignored = (REPOSITORY / ".dockerignore").read_text("utf-8").splitlines()
    sent = [line.removeprefix("!") for line in ignored if line.startswith("!")]

    copied = [
        name
        for step in find(steps, "COPY")
        if not step.startswith("--from")
        for name in step.split()[:-1]
    ]

    assert "*" in ignored
    assert len(copied) >= 6
    for name in copied:
        assert (REPOSITORY / name).exists(), name
        assert any(fnmatch.fnmatch(name, pattern) for pattern in sent), name


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (0, 1)])
def test_the_health_check_says_whether_the_gateway_at_its_port_is_ready(
    steps: list[str], status: int, code: int
) -> None:
    (check,) = find(steps, "HEALTHCHECK")
    python, *arguments = json.loads(check.partition("CMD")[2])

    with echoing(status) as (gateway,):
        ended = subprocess.run(  # noqa: S603
            [sys.executable, *arguments],
            env={"PORT": str(gateway.port)},
            capture_output=True,
            check=False,
        )

    assert python == "python"
    assert ended.returncode == code
    assert [call["path"] for call in gateway.calls] == ["/health/ready"]
