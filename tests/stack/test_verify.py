"""`verify` over a real gateway, an honest one and one behind a liar."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests import plain
from tests.faults.replicas import running_sandboxes
from tests.stack.gateways import KEY, Gateway, document, serve, tell, write
from tests.stack.processes import Commands, Ended, starting_commands
from tests.stack.test_client import moving
from tests.stack.test_commands import run_here
from tests.stack.threaded import serving
from tests.tcp_ports import reserve_port

Page = dict[str, Any]
ITEMS = 60


def start(commands: Commands, upstreams: Mapping[str, str], folder: Path) -> Gateway:
    cache = {"fresh_seconds": 1.0, "stale_while_revalidate_seconds": 0.0}
    limits = {"requests_per_minute": 1_000_000}
    return serve(
        commands, write(folder, document(upstreams, cache=cache, limits=limits))
    )


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway over two short lists, which take little time to crawl."""
    folder = tmp_path_factory.mktemp("gateway")
    with (
        running_sandboxes(folder) as sandboxes,
        starting_commands(folder) as commands,
    ):
        two = {name: sandboxes[name] for name in ("avatar", "piktid")}
        for address in two.values():
            listed = plain.get(f"{address}/_sandbox/items").json()["ids"]
            tell(address, "delete", ids=listed[ITEMS:])
        yield start(commands, two, folder)


def verify(commands: Commands, address: str, *words: str, key: str = KEY) -> Ended:
    told = ("--url", address, "--key", key, "--crawls", "3", *words)
    return commands.run("verify", *told)


def verify_until_judged(commands: Commands, address: str, *words: str) -> Ended:
    """Give it as long as it asks for: a busy machine has fewer crawls a second."""
    for seconds in (4, 12, 40):
        ended = verify(commands, address, "--seconds", str(seconds), *words)
        if "give it more --seconds" not in ended.out:
            break
    return ended


@contextmanager
def lying(gateway: Gateway, lie: Callable[[Page, int], object]) -> Iterator[str]:
    """Serve what the gateway answers, with pages that a lie has changed."""
    numbers = count()

    class Liar(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            told = {"x-api-key": KEY, "cache-control": "no-cache"}
            answer = plain.get(gateway.address + self.path, headers=told, timeout=30)
            body = answer.json()
            if "next_cursor" in body:
                lie(body, next(numbers))
            content = json.dumps(body).encode()
            self.send_response(answer.status_code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Write nothing down."""

    with serving(Liar) as address:
        yield address


def tell_the_truth(page: Page, number: int) -> None:
    pass


def lose(page: Page, number: int) -> None:
    if number % 3 == 0:
        del page["items"][::7]


def repeat(page: Page, number: int) -> None:
    page["items"].append(page["items"][-1])


def disorder(page: Page, number: int) -> None:
    """Have an old item first: its own source may list it so, the other's are newer."""
    page["items"].insert(0, page["items"].pop())


def refuse_late(page: Page, number: int) -> None:
    page["next_cursor"] = page["next_cursor"] and "forged"


def test_an_honest_gateway_holds_what_it_promises(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    gateway = start(commands, sandboxes, tmp_path)
    with moving(sandboxes):
        ended = verify_until_judged(commands, gateway.address, "--json")

    report = json.loads(ended.out)
    assert (ended.code, report["held"], report["why"]) == (0, True, None), ended
    assert report["judged"] >= 1
    assert report["items"] >= 720
    assert report["requests"] == sum(report["statuses"].values())
    assert set(report["states"]) == {"hyper3d", "avatar", "piktid"}
    assert 0 < report["p50_ms"] <= report["p99_ms"]


@pytest.mark.parametrize(
    ("lie", "found"),
    [
        (tell_the_truth, None),
        (lose, "missing"),
        (repeat, "repeated"),
        (disorder, "out_of_order"),
        (refuse_late, "broken"),
    ],
)
def test_what_was_not_kept_is_found(
    commands: Commands, gateway: Gateway, lie, found: str | None
) -> None:
    with lying(gateway, lie) as address:
        ended = verify_until_judged(commands, address, "--json")

    report = json.loads(ended.out)
    faults = ("missing", "repeated", "out_of_order", "broken")
    assert [name for name in faults if report[name]] == ([found] if found else [])
    assert ended.code == (1 if found else 0)


def test_a_table_tells_it_to_people(commands: Commands, gateway: Gateway) -> None:
    good = verify_until_judged(commands, gateway.address)
    with lying(gateway, repeat) as address:
        bad = verify(commands, address, "--seconds", "2")

    assert good.out.splitlines()[-1] == "HELD"
    assert "p50, p99" in good.out
    assert bad.out.splitlines()[-1].startswith("NOT HELD: ")
    assert bad.code == 1


def test_too_short_a_time_proves_nothing(commands: Commands, gateway: Gateway) -> None:
    ended = verify(commands, gateway.address, "--seconds", "1", "--json")

    report = json.loads(ended.out)
    assert (ended.code, report["held"], report["judged"]) == (1, False, 0)
    assert "--seconds" in report["why"]


@pytest.mark.parametrize("wrong", ["address", "key"])
def test_where_there_is_nothing_to_verify_it_says_so(
    commands: Commands, gateway: Gateway, wrong: str
) -> None:
    address = gateway.address
    if wrong == "address":
        address = f"http://127.0.0.1:{reserve_port()}"

    ended = verify(commands, address, key="wrong" if wrong == "key" else KEY)

    assert (ended.code, ended.out) == (1, "")
    assert "Failed:" in ended.err
    assert "Traceback" not in ended.err


def test_an_address_that_is_none_is_wrong_use() -> None:
    result = run_here("verify", "--url", "ftp://x")

    assert (result.exit_code, result.stdout) == (2, "")


def test_it_stays_under_the_limit_that_it_is_told(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    limits = {"requests_per_minute": 120}
    whole = document({"avatar": sandboxes["avatar"]}, limits=limits)
    gateway = serve(commands, write(tmp_path, whole))

    ended = verify(commands, gateway.address, "--seconds", "10", "--json")

    report = json.loads(ended.out)
    assert "429" not in report["statuses"]
    assert 10 <= report["requests"] <= 30
