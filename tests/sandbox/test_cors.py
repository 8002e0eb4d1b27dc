from collections.abc import AsyncIterator

import httpx
import pytest

from tests.sandbox.serving import CREATE, LIST_PATH, list_once, login, serve

ORIGIN = "https://page.example"


@pytest.fixture(params=sorted(CREATE))
async def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
async def client(name: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(CREATE[name](items=3)) as client:
        yield client


async def ask_before(client: httpx.AsyncClient, path: str) -> httpx.Response:
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return await client.options(path, headers=headers)


async def test_a_preflight_is_allowed_its_method_and_its_headers(
    client: httpx.AsyncClient, name: str
) -> None:
    answer = await ask_before(client, LIST_PATH[name])

    allowed = answer.headers["access-control-allow-headers"]
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert allowed == "authorization,content-type"


async def test_a_page_may_read_answers_refusals_and_faults(
    client: httpx.AsyncClient, name: str
) -> None:
    page = {"Origin": ORIGIN}
    headers = await login(client, name) | page

    listed = await list_once(client, name, headers)
    refused = await list_once(client, name, page)
    await client.post("/_sandbox/fail", json={"status": 503})
    broken = await list_once(client, name, headers)

    answers = [listed, refused, broken]
    assert listed.is_success
    assert [refused.status_code, broken.status_code] == [401, 503]
    assert [one.headers["access-control-allow-origin"] for one in answers] == ["*"] * 3


async def test_a_preflight_spends_no_fault_and_is_not_counted(
    client: httpx.AsyncClient, name: str
) -> None:
    await client.post("/_sandbox/fail", json={"status": 503, "count": 1})

    before = await ask_before(client, LIST_PATH[name])
    shown = (await client.get("/_sandbox")).json()
    hit = await list_once(client, name, {})

    assert (before.status_code, hit.status_code) == (200, 503)
    assert shown["calls"] == {}


async def test_a_page_that_sends_cookies_is_named(
    client: httpx.AsyncClient, name: str
) -> None:
    answer = await list_once(client, name, {"Origin": ORIGIN, "Cookie": "a=b"})

    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["vary"] == "Origin"


async def test_who_is_no_page_is_told_nothing_of_origins(
    client: httpx.AsyncClient, name: str
) -> None:
    answer = await list_once(client, name, {})

    assert not [one for one in answer.headers if one.startswith("access-control")]
