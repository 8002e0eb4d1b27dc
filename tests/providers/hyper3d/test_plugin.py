from typing import Any

import msgspec
import pytest

from gateway.plugin.errors import (
    MisbehavedError,
    RejectedError,
    UnauthorizedError,
    UnavailableError,
)
from gateway.plugin.provider import Listing, Numbered, Provider
from gateway.plugin.query import Query
from providers.hyper3d import PLUGIN
from tests.providers.scripted_http import ScriptedHttp

TOKEN = "abc"  # noqa: S105  no real one
PERSON = {"email": "joe@example.com", "password": "hunter2"}


def create(http: ScriptedHttp, **settings: object) -> Provider:
    return PLUGIN.create("studio", msgspec.convert(settings, PLUGIN.settings), http)


def to_listing(query: Query | None = None, **filters: object) -> Listing:
    chosen = msgspec.convert(filters, PLUGIN.filters, strict=False)
    return create(ScriptedHttp()).listing(query or Query(), chosen)


def to_credential(**fields: object) -> Any:
    return msgspec.convert(fields, PLUGIN.credential)


@pytest.mark.parametrize(
    "answer",
    [
        b'{"token": "abc"}',
        b'{"token": "abc", "error": null}',
        b'{"token": "abc", "error": ""}',
        b'{"token": "abc", "error": "OK", "email": "joe@example.com"}',
    ],
    ids=["no error", "null", "empty", "OK"],
)
async def test_a_login_gives_the_token(answer: bytes) -> None:
    http = ScriptedHttp(answer)

    token = await create(http).login(to_credential(**PERSON))

    assert token == TOKEN
    assert (http.calls[0].method, http.calls[0].path) == ("POST", "/user/login")
    assert msgspec.to_builtins(http.calls[0].json) == PERSON


@pytest.mark.parametrize(
    "answer",
    [
        b'{"token": "abc", "error": "Wrong password"}',
        b'{"token": ""}',
        b"{}",
        RejectedError("it answered 400", status=400),
        RejectedError("it answered 404", status=404),
        UnauthorizedError("401"),
    ],
    ids=["error", "empty token", "no token", "400", "404", "401"],
)
async def test_a_refused_login_is_unauthorized(answer: bytes | Exception) -> None:
    provider = create(ScriptedHttp(answer))

    with pytest.raises(UnauthorizedError):
        await provider.login(to_credential(**PERSON))


async def test_a_login_that_makes_no_sense_is_not_refused() -> None:
    with pytest.raises(MisbehavedError):
        await create(ScriptedHttp(b'{"token": 5}')).login(to_credential(**PERSON))


@pytest.mark.parametrize(
    "error",
    [UnavailableError("429"), RejectedError("302", status=302)],
    ids=["429", "302"],
)
async def test_a_login_that_was_not_heard_is_not_refused(error: Exception) -> None:
    provider = create(ScriptedHttp(error))

    with pytest.raises(type(error)):
        await provider.login(to_credential(**PERSON))


async def test_a_configured_token_needs_no_login() -> None:
    http = ScriptedHttp()

    token = await create(http).login(to_credential(token=TOKEN))

    assert token == TOKEN
    assert not http.calls


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"email": "a"}, {"password": "a"}, {**PERSON, "token": "a"}, {"email": "a", "token": "b"},
        {"anonymous": False}, {"anonymous": True, "token": "a"}, {**PERSON, "anonymous": True},
    ],
    ids=[
        "nothing", "email", "password", "all", "email and token",
        "not anonymous", "anonymous with a token", "anonymous with a login",
    ],
)  # fmt: skip
def test_a_credential_is_either_a_login_or_a_token(fields: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError, match="either email and password, or"):
        to_credential(**fields)


async def test_a_page_is_asked_for_in_the_documents_words() -> None:
    http = ScriptedHttp(b"[]")
    listing = to_listing(
        type="Recent",
        user_type="All",
        task_type="DreamFace",
        task_step=["Created", "Generate"],
        group_uuid="g",
        tag_ids=["1", "2"],
        user_override="u",
        is_hidden="true",
    )

    page = await create(http).read(TOKEN, listing, 3)

    call = http.calls[0]
    assert (call.method, call.path, call.token) == ("POST", "/task/cards", TOKEN)
    assert msgspec.to_builtins(call.json) == {
        "page_num": 3,
        "type": "Recent",
        "user_type": "All",
        "task_type": "DreamFace",
        "task_step": ("Created", "Generate"),
        "group_uuid": "g",
        "tag_ids": (1, 2),
        "user_override": "u",
        "is_hidden": True,
    }
    assert (page.entries, page.is_last, page.total) == ((), None, None)


async def test_what_is_not_asked_for_stays_out() -> None:
    http = ScriptedHttp(b"[]")

    await create(http).read(TOKEN, to_listing(), 0)

    assert msgspec.to_builtins(http.calls[0].json) == {"page_num": 0, "type": "Mine"}


@pytest.mark.parametrize(
    "answer",
    [b'{"error": "Invalid token"}', b' {"message": "Unauthorized"}', b'{"error": "Please LOGIN"}'],
    ids=["token", "auth", "login"],
)  # fmt: skip
async def test_a_refused_token_may_come_with_a_2xx(answer: bytes) -> None:
    with pytest.raises(UnauthorizedError):
        await create(ScriptedHttp(answer)).read(TOKEN, to_listing(), 0)


@pytest.mark.parametrize(
    "answer", [b'{"error": "Oops"}', b"{}", b"null", b"[", b"<p>", b""]
)
async def test_anything_but_a_list_is_misbehaviour(answer: bytes) -> None:  # fmt: skip
    with pytest.raises(MisbehavedError):
        await create(ScriptedHttp(answer)).read(TOKEN, to_listing(), 0)


@pytest.mark.parametrize(
    ("gallery", "is_sorted"),
    [("Recent", True), ("Mine", True), ("Group", True), ("Featured", False), ("Story", False)],
)  # fmt: skip
def test_featured_and_story_are_ranked(gallery: str, is_sorted: object) -> None:
    assert to_listing(type=gallery).is_sorted is is_sorted


@pytest.mark.parametrize(
    ("filters", "enters_at_top"),
    [
        ({}, True),
        ({"user_type": "All", "group_uuid": "g", "task_type": "Rodin"}, True),
        ({"user_type": "Liked"}, False),
        ({"task_step": ["Created"]}, False),
        ({"is_hidden": "false"}, False),
    ],
    ids=["none", "on what stays", "user_type", "task_step", "is_hidden"],
)
def test_filters_on_what_changes_let_cards_enter_anywhere(
    filters: dict[str, object], enters_at_top: object
) -> None:
    assert to_listing(**filters).enters_at_top is enters_at_top


@pytest.mark.parametrize(
    ("query", "filters", "task_type"),
    [
        (Query(kinds=frozenset({"image"})), {}, "Panorama"),
        (Query(kinds=frozenset({"video"})), {}, "Media2Face"),
        (Query(kinds=frozenset({"image"})), {"task_type": "Rodin"}, "Rodin"),
        (Query(kinds=frozenset({"image", "video"})), {}, None),
        (Query(kinds=frozenset({"model"})), {}, None),
    ],
    ids=["image", "video", "already chosen", "both", "model"],
)
def test_a_kind_of_one_task_is_pushed_down(
    query: Query, filters: dict[str, object], task_type: str | None
) -> None:
    request = msgspec.to_builtins(to_listing(query, **filters).request)

    assert request.get("task_type") == task_type


def test_settings_choose_the_first_page_and_the_gallery() -> None:
    provider = create(ScriptedHttp(), first_page=1, gallery_type="Recent")

    listing = provider.listing(Query(), PLUGIN.filters())

    assert listing.paging == Numbered(first=1)
    assert msgspec.to_builtins(listing.request) == {"type": "Recent"}


@pytest.mark.parametrize(
    "settings", [{"first_page": -1}, {"gallery_type": "mine"}, {"page": 1}]
)
def test_wrong_settings_are_refused(settings: dict[str, object]) -> None:  # fmt: skip
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(settings, PLUGIN.settings)


async def test_who_is_anonymous_calls_without_a_token() -> None:
    http = ScriptedHttp(b"[]")
    provider = create(http)

    token = await provider.login(to_credential(anonymous=True))
    await provider.read(token, to_listing(type="Featured"), 0)

    (call,) = http.calls
    assert call.token is None
