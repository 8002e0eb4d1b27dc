"""How `deploy/proof` judges; it runs where there is Docker."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

PROOF = Path(__file__).parents[2] / "deploy" / "proof"
KILLED = (10.0, 11.0)


@pytest.fixture
def proof(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(PROOF)
    spec = importlib.util.spec_from_file_location("proof", PROOF / "__main__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "proof", module)
    spec.loader.exec_module(module)
    return module


def judge(proof: ModuleType, ids: list[str], begun: float = 0.0, fault: str = ""):
    """Judge one crawl of what a and b stayed in, with one call of a second."""
    crawls = sys.modules["crawls"]
    crawl = crawls.Crawl(address="", pause=crawls.Pause(), ids=ids)
    crawl.calls.append(crawls.Call(begun=begun, ended=begun + 1.0, fault=fault))
    return proof.Outcome(stayed={"a", "b"}, crawls=[crawl], killed=KILLED)


def test_a_crawl_that_returned_all_that_stayed_is_good(proof: ModuleType) -> None:
    assert judge(proof, ["new", "a", "b"]).is_good


def test_an_item_that_was_lost_or_repeated_is_not(proof: ModuleType) -> None:
    lost = judge(proof, ["a"])
    repeated = judge(proof, ["a", "b", "a"])

    assert (lost.lost, lost.is_good) == (1, False)
    assert (repeated.repeated, repeated.is_good) == (1, False)


@pytest.mark.parametrize(
    ("begun", "is_good"), [(9.5, True), (10.5, True), (12.0, False)]
)
def test_a_request_may_fail_only_in_flight_on_the_killed_gateway(
    proof: ModuleType, *, begun: float, is_good: bool
) -> None:
    outcome = judge(proof, ["a", "b"], begun, "reset")

    assert outcome.is_good is is_good
    assert outcome.faults[is_good] == ["reset"]


def test_without_docker_it_says_so(tmp_path: Path) -> None:
    ended = subprocess.run(  # noqa: S603
        [sys.executable, PROOF],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr == "there is no docker here\n"


STAND_IN = """#!/bin/sh
case "$*" in
  *gallery-gateway*) echo "$*"; exit {code} ;;
esac
"""


@pytest.mark.parametrize(("code", "has_held"), [(0, True), (1, False)])
def test_the_clients_own_oracle_judges_the_stack_through_nginx(
    proof: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    code: int,
    has_held: bool,
) -> None:
    docker = tmp_path / "docker"
    docker.write_text(STAND_IN.format(code=code), encoding="utf-8")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    told = proof.Stack(tmp_path).verify(60)

    command = "exec -T gateway-2 gallery-gateway verify --url http://nginx:8080"
    assert told[0] is has_held
    assert told[1].endswith(f"{command} --seconds 60\n")
