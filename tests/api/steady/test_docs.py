"""The page that shows the API loads nothing from elsewhere."""

import re
from urllib.parse import urljoin

import pytest

from tests.api.world import World, assert_problem

NAMED = re.compile(r'(?:src|href|url)\s*[=:]\s*"([^"]+)"')


def test_the_page_names_no_address_elsewhere(world: World) -> None:
    page = world.get("/docs", key=None)

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "//" not in page.text
    assert "http:" not in page.text
    assert "https:" not in page.text


def test_every_file_that_the_page_names_is_served(world: World) -> None:
    named = NAMED.findall(world.get("/docs", key=None).text)

    assert len(named) >= 4
    for name in named:
        answer = world.get(urljoin("/docs", name), key=None)
        assert answer.status_code == 200, name
        assert answer.content
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_what_the_page_names_is_there_from_either_spelling(
    world: World, path: str
) -> None:
    named = NAMED.findall(world.get(path, key=None).text)

    assert len(named) == 4
    for name in named:
        assert world.get(urljoin(path, name), key=None).status_code == 200, name


def test_the_page_starts_with_the_document(world: World) -> None:
    start = world.get("/docs/start.js", key=None)

    (address,) = re.findall(
        r'new URL\("([^"]+)", document.currentScript.src\)', start.text
    )
    assert urljoin("/docs/start.js", address) == "/openapi.json"
    assert start.headers["content-type"].startswith("text/javascript")


def test_the_browser_is_told_to_load_nothing_from_elsewhere(world: World) -> None:
    policy = world.get("/docs", key=None).headers["content-security-policy"]

    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "*" not in policy


def test_the_style_sheet_imports_nothing_from_elsewhere(world: World) -> None:
    style = world.get("/docs/swagger-ui.css", key=None).text

    assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", style)


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2F..%2Fetc%2Fpasswd", "index.html", "%2e%2e", "a%00b"]
)
def test_no_other_file_is_served(world: World, name: str) -> None:
    answer = world.get(f"/docs/{name}", key=None)

    assert_problem(answer, 404, "not-found")


@pytest.mark.parametrize(
    "path", ["/openapi.json", "/docs", "/docs/start.js", "/problems/internal"]
)
def test_what_stays_the_same_is_kept_for_an_hour(world: World, path: str) -> None:
    answer = world.gateway.get(path)
    again = world.gateway.get(path, headers={"If-None-Match": answer.headers["etag"]})

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "max-age=3600"
    assert (again.status_code, again.content) == (304, b"")
