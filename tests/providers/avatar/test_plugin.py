import msgspec
import pytest

from gateway.plugin.errors import (
    MisbehavedError,
    RejectedError,
    UnauthorizedError,
    UnavailableError,
)
from gateway.plugin.provider import Deletes, Listing, Numbered, Provider
from gateway.plugin.query import Query
from providers.avatar import PLUGIN
from tests.providers.scripted_http import ScriptedHttp

TOKEN = "abc"  # noqa: S105  no real one
CREDENTIAL = PLUGIN.credential(email="joe@example.com")


def create(http: ScriptedHttp) -> Provider:
    return PLUGIN.create("studio", PLUGIN.settings(), http)


async def delete(http: ScriptedHttp, native_id: str) -> None:
    provider = create(http)
    assert isinstance(provider, Deletes)
    await provider.delete(TOKEN, native_id)


def to_listing() -> Listing:
    return create(ScriptedHttp()).listing(Query(), PLUGIN.filters())


async def test_a_login_takes_the_email_address_alone() -> None:
    http = ScriptedHttp(b'{"token": "abc"}')

    token = await create(http).login(CREDENTIAL)

    assert token == TOKEN
    assert (http.calls[0].method, http.calls[0].path) == ("POST", "/login")
    assert msgspec.to_builtins(http.calls[0].json) == {"email": "joe@example.com"}


@pytest.mark.parametrize(
    "answer",
    [
        RejectedError("it answered 404", status=404),
        RejectedError("it answered 422", status=422),
        UnauthorizedError("401"),
        b'{"token": ""}',
        b'{"message": "hello"}',
    ],
    ids=["unknown user", "not an address", "401", "empty token", "no token"],
)
async def test_a_refused_login_is_unauthorized(answer: bytes | Exception) -> None:
    with pytest.raises(UnauthorizedError):
        await create(ScriptedHttp(answer)).login(CREDENTIAL)


async def test_a_login_that_makes_no_sense_is_not_refused() -> None:
    with pytest.raises(MisbehavedError):
        await create(ScriptedHttp(b'{"token": 5}')).login(CREDENTIAL)


@pytest.mark.parametrize(
    "error",
    [UnavailableError("429"), RejectedError("302", status=302)],
    ids=["429", "302"],
)
async def test_a_login_that_was_not_heard_is_not_refused(error: Exception) -> None:
    with pytest.raises(type(error)):
        await create(ScriptedHttp(error)).login(CREDENTIAL)


async def test_the_whole_list_is_one_page_newest_first() -> None:
    answer = b'{"gallery_urls": [7, {"type": "image", "url": "1"}, {"type": "video", "url": "2"}]}'  # fmt: skip
    http = ScriptedHttp(answer)

    page = await create(http).read(TOKEN, to_listing(), 0)

    call = http.calls[0]
    assert (call.method, call.path, call.token) == ("GET", "/get_gallery", TOKEN)
    assert [entry.id for entry in page.entries[:2]] == ["studio:2", "studio:1"]
    assert (page.is_last, page.total) == (True, 3)


async def test_there_is_no_other_page() -> None:
    http = ScriptedHttp()

    page = await create(http).read(TOKEN, to_listing(), 1)

    assert (page.entries, page.is_last) == ((), True)
    assert not http.calls


@pytest.mark.parametrize(
    "answer", [b'{"gallery_urls": null}', b"{}", b"[]", b"<p>", b""]
)
async def test_anything_but_a_gallery_is_misbehaviour(answer: bytes) -> None:  # fmt: skip
    with pytest.raises(MisbehavedError):
        await create(ScriptedHttp(answer)).read(TOKEN, to_listing(), 0)


def test_the_list_counts_as_one_numbered_page() -> None:
    assert to_listing().paging == Numbered(totals=True)


@pytest.mark.parametrize(
    ("native_id", "path"),
    [
        ("1738860389536-1", "/remove_gallery_image/1738860389536-1"),
        ("5f0c.mp4", "/remove_gallery_file/5f0c.mp4"),
        ("a b/c.jpg", "/remove_gallery_file/a%20b%2Fc.jpg"),
    ],
)
async def test_files_of_either_state_are_deleted_by_its_own_call(
    native_id: str, path: str
) -> None:
    http = ScriptedHttp(b'{"message": "removed successfully"}')

    await delete(http, native_id)

    assert [(call.method, call.path) for call in http.calls] == [("DELETE", path)]


def failure(status: int) -> bytes:
    return b'{"status_code": %d, "detail": null, "headers": null}' % status


async def test_what_is_not_there_is_deleted_already() -> None:
    await delete(ScriptedHttp(RejectedError("404", status=404)), "1738860389536")
    await delete(ScriptedHttp(failure(404)), "5f0c.mp4")


FAILURES = [
    (500, UnavailableError),
    (429, UnavailableError),
    (401, UnauthorizedError),
    (403, RejectedError),
]


@pytest.mark.parametrize(("status", "error"), FAILURES)
async def test_a_failure_told_in_a_200_is_one(
    status: int, error: type[Exception]
) -> None:
    provider = create(ScriptedHttp(failure(status)))
    with pytest.raises(error):
        await provider.read(TOKEN, to_listing(), 0)
    with pytest.raises(error):
        await delete(ScriptedHttp(failure(status)), "5f0c.mp4")


@pytest.mark.parametrize(
    ("status", "error"), [(500, UnavailableError), (403, UnauthorizedError)]
)
async def test_a_login_that_fails_in_a_200_is_refused_only_where_it_says_so(
    status: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await create(ScriptedHttp(failure(status))).login(CREDENTIAL)


async def test_entries_of_both_states_are_read_from_one_list() -> None:
    answer = b"""{"gallery_urls": [
        {"type": "image", "url": "1738860389536"},
        {"source_url": "https://cdn.example.com/33/gallery/5f0c.mp4",
         "thumbnail_url": null, "last_modified": 1739678557}]}"""

    page = await create(ScriptedHttp(answer)).read(TOKEN, to_listing(), 0)

    ids = [entry.id for entry in page.entries]
    assert ids == ["studio:5f0c.mp4", "studio:1738860389536"]
