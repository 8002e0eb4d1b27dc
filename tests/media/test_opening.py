"""An address that is no longer good is looked up anew, once."""

from collections.abc import Mapping

import pytest

from gateway.media.content.ranges import Range
from gateway.media.files import MediaAnswer, MediaCall
from gateway.media.finder import Found
from gateway.media.link import Link
from gateway.media.opening import Opening
from gateway.plugin.errors import (
    NotFoundError,
    RejectedError,
    UnauthorizedError,
    UnavailableError,
)
from tests.gallery.fakes import account_of

LINK = Link("acme", b"account!", "studio:1", None, "0", "thumbnail", b"", 1)
OLD, NEW = "https://files.example/1?signed=1", "https://files.example/1?signed=2"
PATH = "/files/1"
ACCOUNT = account_of("studio")
ANSWERS: Mapping[int, Exception] = {
    401: UnauthorizedError("the credential is refused (401)"),
    503: UnavailableError("it answered 503", status=503),
    **{
        status: RejectedError(f"it answered {status}", status=status)
        for status in (400, 403, 404, 410, 418)
    },
}


class FakeFinder:
    """Knows where the file was, and where it is by now."""

    def __init__(self, field: str, first: str, anew: str) -> None:
        self._field = field
        self._addresses = (first, anew)

    async def find(self, link: Link, *, is_anew: bool = False) -> Found:
        told = {"full": None, "thumbnail": None, self._field: self._addresses[is_anew]}
        return Found(account=ACCOUNT, **told)


class FakeFetch:
    """Answers for the addresses it is not told a failure of."""

    def __init__(self, failures: Mapping[str, int]) -> None:
        self.asked: list[str] = []
        self._failures = failures

    async def open(self, call: MediaCall) -> MediaAnswer:
        self.asked.append(call.address)
        status = self._failures.get(call.address)
        if status is not None:
            raise ANSWERS[status]
        return call  # type: ignore[return-value]  # what is opened is told by its address


class FakeCalls:
    async def fetch(self, account: object, send) -> MediaAnswer:
        return await send("token")


async def open_file(
    field: str, first: str, anew: str, failures: Mapping[str, int]
) -> list[str]:
    """Open a file, and return which addresses were asked."""
    fetch = FakeFetch(failures)
    opening = Opening(FakeFinder(field, first, anew), {"studio": fetch}, FakeCalls())  # type: ignore[arg-type]
    wanted: Range | None = None
    if field == "full":
        await opening.fetch(LINK, wanted)
    else:
        await opening.fetch_thumbnail(LINK)
    return fetch.asked


@pytest.mark.parametrize("field", ["full", "thumbnail"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_perishable_address_that_is_refused_is_looked_up_anew(
    field: str, status: int
) -> None:
    assert await open_file(field, OLD, NEW, {OLD: status}) == [OLD, NEW]


@pytest.mark.parametrize("field", ["full", "thumbnail"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
@pytest.mark.parametrize("anew", [OLD, NEW])
async def test_what_is_refused_where_it_is_by_now_is_gone(
    field: str, status: int, anew: str
) -> None:
    with pytest.raises(NotFoundError):
        await open_file(field, OLD, anew, {OLD: status, NEW: status})


@pytest.mark.parametrize("status", [418, 503])
async def test_other_failures_are_told_as_they_are(status: int) -> None:
    with pytest.raises(type(ANSWERS[status])):
        await open_file("full", OLD, NEW, {OLD: status})


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, RejectedError),
        (401, UnauthorizedError),
        (403, NotFoundError),
        (404, NotFoundError),
    ],
)
async def test_a_path_does_not_perish(status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await open_file("full", PATH, PATH, {PATH: status})
