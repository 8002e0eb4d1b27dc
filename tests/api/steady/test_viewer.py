"""The viewer's files over HTTP: what they are, what a browser is told of them, that they suffice."""

import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from tests.api.world import World, assert_problem, serve_gateway

FOLDER = Path(__file__).parents[3] / "gateway" / "web"
FILES = [path for path in sorted(FOLDER.rglob("*")) if path.is_file()]
NAMED = re.compile(r'(?:src|href)="(viewer/[^"]+)"')
IMPORTED = re.compile(r'^(?:import|export)[^"]*?from "([^"]+)";', re.MULTILINE)
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' blob: data:",
    "media-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
PACKED_BYTES = 60_000


def to_policy(answer: httpx.Response) -> dict[str, str]:
    parts = answer.headers["content-security-policy"].split(";")
    pairs = [part.strip().partition(" ") for part in parts]
    return {name: value for name, _, value in pairs}


@pytest.fixture
def public_world(
    portal: BlockingPortal, sandboxes: Mapping[str, httpx.Client], tmp_path: Path
) -> Iterator[World]:
    public = "https://gallery.example/pictures"
    with serve_gateway(portal, sandboxes, tmp_path, public_url=public) as world:
        yield world


def test_the_page_is_shown_without_a_key_under_its_policy(world: World) -> None:
    page = world.get("/", key=None)

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert to_policy(page) == POLICY


def test_the_page_has_no_inline_script_or_style_and_names_nothing_elsewhere(
    world: World,
) -> None:
    page = world.get("/", key=None).text

    assert "//" not in page
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    assert re.findall(r"<script\b[^>]*>([^<]*)", page) == [""]


def test_every_file_that_the_page_names_is_served_and_kept_for_good(
    world: World,
) -> None:
    named = NAMED.findall(world.get("/", key=None).text)

    assert {Path(name).suffix for name in named} == {".css", ".js", ".svg"}
    for name in named:
        answer = world.get(f"/{name}", key=None)
        assert answer.status_code == 200, name
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "immutable" in answer.headers["cache-control"]


def test_the_page_names_every_module_so_that_none_is_waited_for(world: World) -> None:
    page = world.get("/", key=None).text

    named = {name.split("/", 2)[2] for name in NAMED.findall(page)}

    wanted = {file.relative_to(FOLDER).as_posix() for file in FILES}
    assert named == wanted - {"index.html"}


@pytest.mark.parametrize("file", [f for f in FILES if f.suffix == ".js"], ids=str)
def test_a_module_imports_files_that_are_there(file: Path) -> None:
    for name in IMPORTED.findall(file.read_text("utf-8")):
        assert name.startswith(".")
        assert (file.parent / name).resolve() in FILES


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_file_names_no_address_elsewhere(file: Path) -> None:
    text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")

    assert not re.search(r"https?:|@import|\beval\(|innerHTML", text)


def test_all_scripts_and_styles_are_small_when_packed() -> None:
    shipped = [file for file in FILES if file.suffix in {".css", ".js"}]

    packed = sum(len(gzip.compress(file.read_bytes(), 9)) for file in shipped)

    assert packed < PACKED_BYTES


@pytest.mark.parametrize("name", ["", "main.js", "styles/frame.css", "icon.svg"])
def test_what_a_browser_has_is_not_sent_again(world: World, name: str) -> None:
    page = world.get("/", key=None)
    (folder,) = {"/".join(one.split("/")[:2]) for one in NAMED.findall(page.text)}
    path = f"/{folder}/{name}" if name else "/"

    first = world.get(path, key=None)
    again = world.get(path, key=None, headers={"If-None-Match": first.headers["etag"]})

    assert first.status_code == 200
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_files_are_packed_for_whoever_takes_them_so(world: World) -> None:
    path = "/viewer/x/main.js"

    packed = world.get(path, key=None, headers={"Accept-Encoding": "gzip"})
    plain = world.get(path, key=None, headers={"Accept-Encoding": "gzip;q=0"})

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"].startswith("Accept-Encoding")
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content == (FOLDER / "main.js").read_bytes()
    assert int(packed.headers["content-length"]) < len(plain.content) / 2


def test_another_versions_address_is_answered_but_not_kept(world: World) -> None:
    answer = world.get("/viewer/0123456789abcdef/main.js", key=None)

    assert answer.content == (FOLDER / "main.js").read_bytes()
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["nothing.js", "index.html", "..%2Findex.html", "%2e%2e/app.py", "a%00b"]
)
def test_no_other_file_is_served(world: World, name: str) -> None:
    assert_problem(world.get(f"/viewer/x/{name}", key=None), 404, "not-found")


def test_only_reading_is_allowed(world: World) -> None:
    assert world.gateway.head("/").status_code == 200
    assert_problem(world.gateway.post("/"), 405, "method-not-allowed")


def test_without_the_viewer_there_is_no_page(
    portal: BlockingPortal, sandboxes: Mapping[str, httpx.Client], tmp_path: Path
) -> None:
    with serve_gateway(portal, sandboxes, tmp_path, viewer="false") as world:
        for path in ("/", "/viewer/x/main.js"):
            assert_problem(world.get(path, key=None), 404, "not-found")


def test_another_origins_pictures_may_be_shown_where_links_lead_there(
    public_world: World,
) -> None:
    policy = to_policy(public_world.get("/", key=None))

    assert policy["img-src"] == "'self' blob: data: https://gallery.example"
    assert policy["media-src"] == "'self' https://gallery.example"
    assert policy["connect-src"] == "'self'"


def test_the_pages_own_origin_is_not_named_twice(public_world: World) -> None:
    page = public_world.get("/", key=None, headers={"Host": "gallery.example"})

    assert to_policy(page) == POLICY
