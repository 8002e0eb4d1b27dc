"""What FastAPI and Starlette answer before an endpoint's own code does."""

from collections.abc import AsyncIterator

import httpx
import pytest

from providers.avatar.sandbox import create_app
from tests.sandbox.serving import login, serve

WRONG = {"Authorization": "Bearer wrong"}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with serve(create_app(items=3)) as client:
        yield client


async def test_json_that_cannot_be_read_is_a_422_before_any_token_is(
    client: httpx.AsyncClient,
) -> None:
    broken = await client.post("/update_user_info", content="{", headers=WRONG)
    undressed = await client.post("/update_user_info", json=[], headers=WRONG)

    assert broken.status_code == 422
    assert broken.json()["detail"] == [
        {
            "type": "json_invalid",
            "loc": ["body", 1],
            "msg": "JSON decode error",
            "input": {},
            "ctx": {
                "error": "Expecting property name enclosed in double quotes",
            },
        }
    ]
    assert undressed.status_code == 401


@pytest.mark.parametrize(
    ("body", "content_type", "word", "where"),
    [
        (b"", "application/json", "missing", ["body"]),
        (b"null", "application/json", "missing", ["body"]),
        (b"[]", "application/json", "model_attributes_type", ["body"]),
        (b'{"email": "a"}', "text/plain", "model_attributes_type", ["body"]),
        (b"{}", "application/json", "missing", ["body", "email"]),
        (b'{"email": null}', "application/json", "string_type", ["body", "email"]),
    ],
)
async def test_a_body_that_is_no_user_is_a_422_that_says_why(
    client: httpx.AsyncClient,
    body: bytes,
    content_type: str,
    word: str,
    where: list[str],
) -> None:
    headers = {"Content-Type": content_type}
    answer = await client.post("/register", content=body, headers=headers)

    (fault,) = answer.json()["detail"]
    assert answer.status_code == 422
    assert (fault["type"], fault["loc"]) == (word, where)
    assert set(fault) == {"type", "loc", "msg", "input"}


async def test_bytes_that_are_no_text_are_a_400(client: httpx.AsyncClient) -> None:
    answer = await client.post("/login", content=b'{"email": "\xff"}')

    detail = "There was an error parsing the body"
    assert (answer.status_code, answer.json()) == (400, {"detail": detail})


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ("soon", "int_parsing"),
        (1.5, "int_from_float"),
        ([], "int_type"),
        (" 12.0", None),
        (12.0, None),
        (True, None),
    ],
)
async def test_a_number_is_read_as_pydantic_reads_it(
    client: httpx.AsyncClient, given: object, word: str | None
) -> None:
    body = {"email": "new@example.com", "date_of_birth": given}

    answer = await client.post("/register", json=body)

    told = answer.json().get("detail") or [{"type": None}]
    assert [fault["type"] for fault in told] == [word]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pixverse": "maybe"}, ["bool_parsing"]),
        ({"pixverse": []}, ["bool_type"]),
        ({"pixverse": 0.5}, ["bool_type"]),
        ({"pixverse": "off", "seed": None}, ["int_type"]),
        ({"pixverse": 1, "duration": {}}, ["int_type"]),
    ],
)
async def test_options_are_read_as_pydantic_reads_them(
    client: httpx.AsyncClient, options: dict[str, object], words: list[str]
) -> None:
    whole = {"duration": 5, "negative_prompt": "", "prompt": "", "seed": 0}
    body = {"apparel_details": {}, "video_options": {**whole, **options}}
    headers = await login(client, "avatar")

    answer = await client.post("/generate_video", json=body, headers=headers)

    faults = answer.json()["detail"]
    assert [fault["type"] for fault in faults] == ["missing", *words]


async def test_lists_hold_objects_alone(client: httpx.AsyncClient) -> None:
    lists = {"body_dimensions": [{}, 5], "body_dimension_lengths": "none"}
    body = {"user_details": lists, "apparel_details": {}, "image_options": 7}
    headers = await login(client, "avatar")

    answer = await client.post("/generate", json=body, headers=headers)

    found = {tuple(one["loc"]): one["type"] for one in answer.json()["detail"]}
    details = ("body", "user_details")
    assert found[*details, "body_dimensions", 1] == "dict_type"
    assert found[*details, "body_dimension_lengths"] == "list_type"
    assert found["body", "image_options"] == "model_attributes_type"


async def test_a_slash_behind_a_path_is_led_away_with_its_query(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/get_gallery/?a=1", headers=WRONG)
    unknown = await client.get("/nothing/")

    assert answer.status_code == 307
    assert answer.headers["location"] == str(client.base_url.join("/get_gallery?a=1"))
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/get_gallery", "GET"),
        ("HEAD", "/get_gallery_image/1", "GET"),
        ("HEAD", "/get_gallery_video/1", "GET"),
        ("OPTIONS", "/login", "POST"),
        ("GET", "/remove_gallery_image/1", "DELETE"),
    ],
)
async def test_a_path_takes_its_own_method_alone(
    client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    if method != "HEAD":
        assert answer.json() == {"detail": "Method Not Allowed"}


async def test_an_unknown_path_is_worded_as_fastapi_does(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/nothing")

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
