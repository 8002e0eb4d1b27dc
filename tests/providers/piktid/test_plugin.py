import msgspec
import pytest

from gateway.plugin.errors import (
    InvalidParameterError,
    MisbehavedError,
    RejectedError,
)
from gateway.plugin.provider import Listing, Numbered
from gateway.plugin.query import Query
from providers.piktid import PLUGIN
from providers.piktid.plugin import Piktid
from tests.providers.scripted_http import ScriptedHttp

TOKEN = "abc"  # noqa: S105  no real one


def create(http: ScriptedHttp, **settings: object) -> Piktid:
    own = msgspec.convert(settings, PLUGIN.settings)
    provider = PLUGIN.create("studio", own, http)
    assert isinstance(provider, Piktid)
    return provider


def to_listing(**filters: object) -> Listing:
    chosen = msgspec.convert(filters, PLUGIN.filters, strict=False)
    return create(ScriptedHttp()).listing(Query(), chosen)


async def test_a_login_gives_the_configured_token() -> None:
    http = ScriptedHttp()

    token = await create(http).login(PLUGIN.credential(token=TOKEN))

    assert token == TOKEN
    assert not http.calls


async def test_a_page_is_asked_for_in_the_documents_words() -> None:
    http = ScriptedHttp(b'{"jobs": []}')
    listing = to_listing(
        project_id="7",
        status="completed",
        feedback=["like", "dislike"],
        sort_by="quality_score",
        ownership="shared",
        job_type="model_swap",
        search="8f2b",
    )

    await create(http).read(TOKEN, listing, 3)

    call = http.calls[0]
    assert (call.method, call.path, call.token) == ("GET", "/gallery/by-job", TOKEN)
    assert call.params == (
        ("page", "3"),
        ("per_page", "50"),
        ("order", "desc"),
        ("max_images_per_job", "200"),
        ("project_id", "7"),
        ("status", "completed"),
        ("feedback", "like"),
        ("feedback", "dislike"),
        ("sort_by", "quality_score"),
        ("ownership", "shared"),
        ("job_type", "model_swap"),
        ("search", "8f2b"),
    )


async def test_what_is_not_asked_for_stays_out() -> None:
    http = ScriptedHttp(b'{"jobs": []}')

    await create(http).read(TOKEN, to_listing(job_id="j"), 1)

    assert http.calls[0].params == (
        ("page", "1"),
        ("per_page", "50"),
        ("order", "desc"),
        ("max_images_per_job", "200"),
        ("job_id", "j"),
    )


@pytest.mark.parametrize(
    ("pagination", "is_last", "total"),
    [
        ('{"has_next": true, "total": 7}', False, 7),
        ('{"has_next": false, "total": 7}', True, 7),
        ('{"has_next": null, "total": null}', None, None),
        ("{}", None, None),
        ("null", None, None),
    ],
)
async def test_the_pagination_tells_the_end_and_the_total(
    pagination: str, is_last: object, total: int | None
) -> None:
    body = f'{{"jobs": [{{"job_id": "a"}}, 7], "pagination": {pagination}}}'

    page = await create(ScriptedHttp(body.encode())).read(TOKEN, to_listing(), 1)

    assert [entry.item is None for entry in page.entries] == [False, True]
    assert (page.is_last, page.total) == (is_last, total)


@pytest.mark.parametrize(
    "answer", [b'{"jobs": null}', b'{"jobs": {}}', b"{}", b"[]", b"<p>", b""]
)
async def test_anything_but_jobs_is_misbehaviour(answer: bytes) -> None:  # fmt: skip
    with pytest.raises(MisbehavedError):
        await create(ScriptedHttp(answer)).read(TOKEN, to_listing(), 1)


async def test_a_job_is_looked_up_by_its_id() -> None:
    http = ScriptedHttp(b'{"jobs": [{"job_id": "b"}, {"job_id": "a", "total_images": 3}]}')  # fmt: skip

    entry = await create(http).look_up(TOKEN, "a")

    assert entry is not None
    assert entry.item is not None
    item = entry.item
    assert (item.id, item.asset_count) == ("studio:a", 3)
    assert ("job_id", "a") in http.calls[0].params
    assert ("max_images_per_job", "200") in http.calls[0].params


async def test_a_job_that_is_not_there_is_none() -> None:
    http = ScriptedHttp(b'{"jobs": []}', b'{"jobs": [{"job_id": "b"}]}')
    provider = create(http)

    assert await provider.look_up(TOKEN, "a") is None
    assert await provider.look_up(TOKEN, "a") is None


async def test_a_job_that_cannot_be_understood_is_not_called_absent() -> None:
    provider = create(ScriptedHttp(b'{"jobs": [{"job_id": ["a"]}]}'))

    with pytest.raises(MisbehavedError):
        await provider.look_up(TOKEN, "a")


async def test_a_refused_look_up_is_no_verdict() -> None:
    provider = create(ScriptedHttp(RejectedError("it answered 403", status=403)))

    with pytest.raises(RejectedError):
        await provider.look_up(TOKEN, "a")


@pytest.mark.parametrize(
    ("filters", "enters_at_top"),
    [
        ({}, True),
        ({"project_id": 7, "job_type": "x", "sort_by": "quality_score"}, True),
        ({"status": "failed"}, False),
        ({"feedback": ["like"]}, False),
        ({"ownership": "mine"}, False),
    ],
    ids=["none", "on what stays", "status", "feedback", "ownership"],
)
def test_filters_on_what_changes_let_jobs_enter_anywhere(
    filters: dict[str, object], enters_at_top: object
) -> None:
    assert to_listing(**filters).enters_at_top is enters_at_top


def test_search_and_job_id_contradict_each_other() -> None:
    with pytest.raises(InvalidParameterError) as caught:
        to_listing(search="a", job_id="b")

    assert [fault.where for fault in caught.value.faults] == ["studio.search"]


def test_settings_choose_the_page_size() -> None:
    listing = create(ScriptedHttp(), page_size=100).listing(Query(), PLUGIN.filters())

    assert listing.paging == Numbered(first=1, size=100, totals=True)
    assert listing.is_sorted
    assert msgspec.to_builtins(listing.request)["per_page"] == 100


@pytest.mark.parametrize(
    "settings", [{"page_size": 0}, {"page_size": 101}, {"size": 1}]
)
def test_wrong_settings_are_refused(settings: dict[str, object]) -> None:  # fmt: skip
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(settings, PLUGIN.settings)
