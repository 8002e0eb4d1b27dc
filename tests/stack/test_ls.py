"""`ls` as a process, over a real gateway: tables, lines, files, and how it ends."""

import json
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from tests import plain
from tests.programs import skip_unless_asked_for
from tests.stack.gateways import KEY, Gateway, document, items_of, serve, tell, write
from tests.stack.processes import Commands, Ended, starting_commands
from tests.stack.terminals import pipe, show
from tests.stack.test_commands import run_here
from tests.stack.threaded import serving
from tests.tcp_ports import reserve_port

Ls = Callable[..., Ended]
JSON = "application/json"
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def start(
    commands: Commands, sandboxes: dict[str, str], folder: Path, **cache: float
) -> Gateway:
    limits = {"requests_per_minute": 1_000_000}
    whole = document(sandboxes, limits=limits, cache=cache)
    for name in whole["providers"]:
        whole["providers"][name] |= {"breaker_seconds": 0.5}
    return serve(commands, write(folder, whole))


@pytest.fixture(scope="module")
def shared_gateway(
    running_sandboxes: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    with starting_commands(folder) as commands:
        # whenever a test comes, what it shows is fresh
        yield start(commands, running_sandboxes, folder, fresh_seconds=3_600.0)


@pytest.fixture
def gateway(shared_gateway: Gateway, sandboxes: dict[str, str]) -> Gateway:
    """A gateway for tests that break and change nothing."""
    return shared_gateway


@pytest.fixture
def own_gateway(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> Gateway:
    """A gateway that has read nothing yet."""
    return start(commands, sandboxes, tmp_path)


def to_ls(commands: Commands, gateway: Gateway) -> Ls:
    def run(*arguments: str | Path, **environment: str) -> Ended:
        told = {**to_environment(gateway), **environment}
        return commands.run("ls", *arguments, environment=told)

    return run


def to_environment(gateway: Gateway) -> dict[str, str]:
    return {"GALLERY_KEY": KEY, "GALLERY_URL": gateway.address}


@pytest.fixture
def ls(commands: Commands, gateway: Gateway) -> Ls:
    return to_ls(commands, gateway)


@pytest.fixture
def own_ls(commands: Commands, own_gateway: Gateway) -> Ls:
    return to_ls(commands, own_gateway)


def ids_of(out: str) -> list[str]:
    return [json.loads(line)["id"] for line in out.splitlines()]


def break_off(sandboxes: dict[str, str], *names: str) -> None:
    for name in names:
        tell(sandboxes[name], "fail", status=500)


def test_a_table_has_items_and_their_sources_under_them(
    ls: Ls, gateway: Gateway
) -> None:
    ended = ls("--limit", "5")

    told = gateway.page(limit=5)
    rows = ended.out.splitlines()
    assert (ended.code, ended.err) == (0, "")
    assert rows[0].split() == ["kind", "status", "age", "title", "id"]
    for row, item in zip(rows[1:6], told["items"], strict=True):
        assert row.startswith(f"{item['kind']:<5}  {item['status']:<10}")
        assert row.endswith(f"  {item['id']}")
        assert (item["title"] or item["prompt"] or "") in row
    assert [row.split() for row in rows[7:]] == [
        [name, "fresh"] for name in ("hyper3d", "avatar", "piktid")
    ]
    assert "\x1b" not in ended.out


def test_by_default_it_is_a_page(ls, gateway: Gateway) -> None:
    ended = ls("--json", "--provider", "avatar")

    assert len(ended.out.splitlines()) == 24


def test_lines_are_items_as_the_gateway_answers_them(ls, gateway: Gateway) -> None:
    ended = ls("--json", "--limit", "3", "--provider", "piktid")

    told = gateway.page(limit=3, provider="piktid")["items"]
    assert [json.loads(line) for line in ended.out.splitlines()] == told
    assert ended.err == ""


def test_a_limit_may_exceed_a_page(ls, gateway: Gateway) -> None:
    ended = ls("--json", "--limit", "150")

    assert ids_of(ended.out) == gateway.crawl(limit=100)[:150]


def test_all_is_all_and_progress_is_told_beside_it(
    ls, gateway: Gateway, sandboxes: dict[str, str]
) -> None:
    ended = ls("--json", "--all")

    ids = ids_of(ended.out)
    assert (ended.code, len(ids)) == (0, len(set(ids)))
    assert set(ids) == items_of(sandboxes)
    assert f"{len(ids):,} items" in ended.err


def test_filters_are_the_gateways(ls, gateway: Gateway) -> None:
    told = ("--kind", "image", "--kind", "model", "--status", "ready", "--q", "a")
    filters = ("--filter", "hyper3d.type=Featured", "--after", "2025-01-01")
    ended = ls("--json", *told, *filters, "--before", "2026-01-01T00:00:00+01:00")

    listed = gateway.crawl(
        kind=["image", "model"],
        status="ready",
        q="a",
        created_after="2025-01-01T00:00:00Z",
        created_before="2025-12-31T23:00:00Z",
        **{"hyper3d.type": "Featured"},
    )
    assert ended.code == 0
    assert ids_of(ended.out) == listed[:24]


@pytest.mark.parametrize(
    "wrong",
    [
        "--limit 0",
        "--limit 5 --all",
        "--after yesterday",
        "--filter nothing",
        "--url ftp://x",
        "--watch --save-cursor x",
        "--colour",
        "surplus",
    ],
)
def test_wrong_use_ends_in_two(wrong: str) -> None:
    result = run_here("ls", *wrong.split())

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: ")


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ("--provider nix", "The request is not valid"),
        ("--key wrong", "A valid key is needed"),
        (f"--url http://127.0.0.1:{reserve_port()}", "could not be reached"),
    ],
    ids=["parameter", "key", "address"],
)
def test_a_failure_is_told_by_its_title_and_ends_in_one(
    ls, told: str, title: str
) -> None:
    ended = ls(*told.split())

    assert (ended.code, ended.out) == (1, "")
    assert title in ended.err
    assert "Traceback" not in ended.err


def test_a_source_that_is_missing_is_told_and_ends_in_three(
    own_ls: Ls, sandboxes: dict[str, str]
) -> None:
    break_off(sandboxes, "avatar")

    table, lines = own_ls("--limit", "3"), own_ls("--limit", "3", "--json")

    assert (table.code, lines.code) == (3, 3)
    assert re.search(
        r"^avatar +unavailable .*upstream-unavailable", table.out, re.MULTILINE
    )
    assert "Missing: avatar" in table.err
    assert len(ids_of(lines.out)) == 3
    assert re.search(r"^avatar +unavailable", lines.err, re.MULTILINE)


def test_where_no_source_answers_it_fails_at_once(
    own_ls: Ls, sandboxes: dict[str, str]
) -> None:
    break_off(sandboxes, "avatar", "hyper3d", "piktid")

    ended = own_ls("--limit", "3")

    assert (ended.code, ended.out) == (1, "")
    assert "Failed:" in ended.err


@pytest.mark.parametrize("status", [429, 503])
def test_a_listing_that_is_cut_off_ends_in_one(
    commands: Commands, gateway: Gateway, status: int
) -> None:
    class CutOff(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = plain.get(gateway.address + self.path, headers={"x-api-key": KEY})
            is_late = "cursor=" in self.path
            self.send_response(status if is_late else answer.status_code)
            self.send_header("content-type", "text/html" if is_late else JSON)
            self.send_header("retry-after", "3600")
            self.end_headers()
            self.wfile.write(b"" if is_late else answer.content)

        def log_message(self, *_: object) -> None:
            """Write nothing down."""

    with serving(CutOff) as address:
        told = {"GALLERY_KEY": KEY, "GALLERY_URL": address}
        ended = commands.run("ls", "--json", "--limit", "250", environment=told)

    assert (ended.code, len(ids_of(ended.out))) == (1, 100)
    assert ended.err.strip()
    assert "Traceback" not in ended.err


def test_all_waits_for_a_source_that_comes_back(
    own_ls: Ls, sandboxes: dict[str, str]
) -> None:
    tell(sandboxes["avatar"], "fail", status=503, count=5)

    ended = own_ls("--json", "--all")

    ids = ids_of(ended.out)
    assert (ended.code, len(ids)) == (0, len(set(ids)))
    assert set(ids) == items_of(sandboxes)


def test_a_saved_cursor_goes_on_and_is_gone_at_the_end(
    ls, gateway: Gateway, tmp_path: Path
) -> None:
    file, ids = tmp_path / "cursor", []
    for _ in range(10):
        ended = ls("--json", "--limit", "270", "--save-cursor", file)
        assert ended.code == 0
        ids += ids_of(ended.out)
        if not file.exists():
            break

    assert ids == gateway.crawl(limit=100)
    assert ids_of(ls("--json", "--limit", "1", "--save-cursor", file).out) == ids[:1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_listing_goes_on_where_it_stopped(
    commands: Commands,
    gateway: Gateway,
    sandboxes: dict[str, str],
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    file, ids, codes = tmp_path / "cursor", [], set()
    told = to_environment(gateway)
    for address in sandboxes.values():
        tell(address, "delay", seconds=0.1)
    for part in range(40):
        command = commands.start(
            *("ls", "--json", "--all", "--save-cursor", file), environment=told
        )
        if part < 3:
            command.until(lambda shown=command: bool(shown.out), "some items")
            command.signal(number)
        ended = command.wait()
        codes.add(ended.code)
        ids += ids_of(ended.out)
        if not file.exists():
            break

    assert codes == {0, 128 + number}
    assert len(ids) == len(set(ids))
    assert set(ids) == items_of(sandboxes)


def test_a_cursor_of_other_filters_is_refused_and_kept(ls, tmp_path: Path) -> None:
    file = tmp_path / "cursor"
    ls("--save-cursor", file)
    saved = file.read_text()

    ended = ls("--save-cursor", file, "--provider", "avatar")

    assert ended.code == 1
    assert "cursor" in ended.err
    assert file.read_text() == saved


def test_files_are_stored_under_their_names_and_once(
    ls, gateway: Gateway, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    first = ls("--limit", "2", "--provider", "avatar", "--download", folder)
    items = gateway.page(limit=2, provider="avatar")["items"]
    names = {f"avatar_{item['id'].partition(':')[2]}_0.jpg" for item in items}
    part = folder / min(names)
    whole = part.read_bytes()
    etag = gateway.get(items[0]["cover"]["url"]).headers["etag"]
    again = ls("--limit", "2", "--provider", "avatar", "--download", folder)

    assert (first.code, again.code, etag[:1]) == (0, 0, '"')
    assert {path.name for path in folder.iterdir()} == names
    assert len(re.findall(r"^avatar_\S+: [\d,]+ bytes$", first.err, re.MULTILINE)) == 2
    assert "bytes" not in again.err
    assert whole.startswith(b"\xff\xd8")


def test_all_assets_of_an_item_are_stored(ls, gateway: Gateway, tmp_path: Path) -> None:
    item = gateway.page(limit=2, provider="piktid", assets_limit=200)["items"]
    told = {
        f"{i['id'].replace(':', '_')}_{a['id']}"
        for i in item
        for a in i["assets"]
        if a["url"]
    }

    ended = ls("--limit", "2", "--provider", "piktid", "--download", tmp_path / "f")

    assert ended.code == 0
    assert {path.stem for path in (tmp_path / "f").iterdir()} == told


def test_a_file_that_is_gone_is_told_and_the_others_stored(
    own_ls: Ls, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    for path in ("/get_gallery_image/", "/get_gallery_video/"):
        tell(sandboxes["avatar"], "fail", status=404, path=path)

    ended = own_ls("--limit", "12", "--download", tmp_path / "f")

    stored = {path.name.partition("_")[0] for path in (tmp_path / "f").iterdir()}
    assert ended.code == 1
    assert re.search(r"^avatar_\S+: There is no such thing", ended.err, re.MULTILINE)
    assert "avatar" not in stored
    assert stored


def test_what_is_new_is_told(
    commands: Commands, own_sandboxes: dict[str, str], tmp_path: Path
) -> None:
    sandboxes = own_sandboxes
    told = to_environment(start(commands, sandboxes, tmp_path))
    command = commands.start(
        "ls", "--json", "--watch", "--limit", "2", environment=told
    )
    command.until(lambda: len(command.out.splitlines()) == 2, "the first items")

    added = plain_add(sandboxes["avatar"])
    tell(sandboxes["piktid"], "delete", ids=[ids_here(sandboxes["piktid"])[0]])
    command.until(lambda: len(command.out.splitlines()) > 2, "what is new")
    command.signal(signal.SIGINT)
    ended = command.wait()

    assert ended.code == 130
    assert set(ids_of(ended.out)[2:]) == {f"avatar:{one}" for one in added}


def plain_add(address: str) -> list[str]:
    added: list[str] = ask(address, "items", count=2)["ids"]
    return added


def ids_here(address: str) -> list[str]:
    found: list[str] = plain.get(f"{address}/_sandbox/items").json()["ids"]
    return found


def ask(address: str, what: str, **told: object) -> dict[str, Any]:
    answer: dict[str, Any] = plain.post(f"{address}/_sandbox/{what}", json=told).json()
    return answer


def test_it_is_good_in_a_pipe(gateway: Gateway) -> None:
    told = to_environment(gateway)

    head = pipe("set -o pipefail; gallery ls --all --json | head -n 3", **told)
    table = pipe("gallery ls --all | head -n 1; echo ${PIPESTATUS[0]}", **told)

    assert (head.returncode, len(ids_of(head.stdout))) == (0, 3)
    assert table.stdout.splitlines()[1] == "0", table.stderr
    assert "Traceback" not in head.stderr + table.stderr
    assert "Broken" not in head.stderr + table.stderr


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_no_row_is_wider_than_its_terminal(gateway: Gateway, width: int) -> None:
    shown = show("ls", "--url", gateway.address, "--key", KEY, width=width)

    page = gateway.page()
    text = ANSI.sub("", shown.text)
    rows = text.partition("\n\n")[0].splitlines()
    assert shown.code == 0
    assert all(item["id"] in text for item in page["items"])
    shown_ids = {item["id"] for item in page["items"]}
    for row in rows:
        assert cell_len(row) <= max(width, 26) or row.strip() in shown_ids
    assert "\x1b[" in shown.text


def test_a_terminal_without_colours_gets_none(gateway: Gateway) -> None:
    told = ("ls", "--url", gateway.address, "--key", KEY)

    plain_text = show(*told, environment={"NO_COLOR": "1"}).text

    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", plain_text)
    assert re.search(r"\x1b\[[0-9;]*3[0-9]", show(*told).text)


def test_progress_and_bars_leave_the_terminal_tidy(
    gateway: Gateway, tmp_path: Path
) -> None:
    told = ("ls", "--url", gateway.address, "--key", KEY, "--provider", "avatar")

    listed = show(*told, "--all").text
    stored = show(*told, "--limit", "1", "--download", str(tmp_path / "f")).text

    assert " items" in listed
    assert listed.count("\x1b[2K") >= 2
    assert "kB" in stored
    assert stored.endswith("\n")


def test_it_starts_without_a_servers_imports(commands: Commands) -> None:
    code = "import gateway.cli, sys; print(*sys.modules)"
    told = pipe(f"exec {sys.executable} -c '{code}'").stdout

    loaded = {name.partition(".")[0] for name in told.split()}
    assert "typer" in loaded
    assert not loaded & {"litestar", "granian", "redis", "PIL", "cryptography"}


def test_all_gives_up_a_source_that_stays_away(
    commands: Commands, own_gateway: Gateway, sandboxes: dict[str, str]
) -> None:
    """It takes a minute: runs when all is asked for."""
    skip_unless_asked_for("GATEWAY_TEST_LS")
    break_off(sandboxes, "avatar")
    begun = time.monotonic()

    told = to_environment(own_gateway)
    ended = commands.start("ls", "--json", "--all", environment=told).wait(120)

    others = {one for one in items_of(sandboxes) if not one.startswith("avatar:")}
    assert ended.code == 3
    assert 50 < time.monotonic() - begun < 80
    assert set(ids_of(ended.out)) == others
    assert "Missing: avatar" in ended.err


def test_a_shell_completes_options() -> None:
    words = {"COMP_WORDS": "gallery-gateway ls --prov", "COMP_CWORD": "2"}

    shown = pipe(
        str(Path(sys.executable).with_name("gallery-gateway")),
        _GALLERY_GATEWAY_COMPLETE="complete_bash",
        **words,
    )

    assert shown.stdout.split() == ["--provider"]
