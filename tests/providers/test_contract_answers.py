"""What every plugin's operations promise, over whatever their upstream answers."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway.plugin import (
    Access,
    AnswerOperation,
    File,
    FileOperation,
    JobOperation,
    Operates,
    Polled,
    RefusedError,
    RejectedError,
)
from gateway.plugin.errors import GatewayError, UpstreamError
from tests.providers.operating import (
    EACH,
    OF_JOBS,
    READING,
    Offer,
    SameAnswer,
    to_sent,
)
from tests.providers.payloads import EMAIL, ITEM_ID, load, mutations
from tests.providers.scripted_http import ScriptedHttp
from tests.providers.stand import Stand, standing

WORDS = "please mind joe@example.com and https://s3cret.example.com/a?token=7"
FORGOTTEN = "1736386913456"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["task_id", "status", "position", "message", "detail", "status_code"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


def to_answers(*documents: object) -> st.SearchStrategy[bytes]:
    """Foreign bytes: any, JSON of any shape, and documented answers that are bent."""
    bent = [mutations(document).map(to_bytes) for document in documents if document]
    return st.one_of(st.binary(), JSON.map(to_bytes), *bent)


def to_bytes(value: object) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (ValueError, OverflowError, UnicodeEncodeError):
        return repr(value).encode("utf-8", "replace")


def to_operation(stand: Stand, offer: Offer) -> Any:
    """Return the operation, of the provider that stands over its sandbox."""
    assert isinstance(stand.provider, Operates)
    (found,) = (one for one in stand.provider.operations if one.name == offer.name)
    return found


async def to_access(stand: Stand) -> Access:
    return Access(credential=stand.credential, token=await stand.log_in())


def refusal(status: int) -> RejectedError:
    body = {"detail": WORDS, "error": WORDS, "message": WORDS}
    return RejectedError(
        f"it answered {status}", status=status, body=msgspec.json.encode(body)
    )


@EACH
async def test_what_reads_may_be_repeated_and_what_changes_may_not(
    offer: Offer,
) -> None:
    http = SameAnswer(b"{}")
    with contextlib.suppress(UpstreamError):  # `{}` is no answer to some
        await offer.run(http)

    is_repeatable = [call.may_be_repeated for call in http.calls]
    assert is_repeatable
    assert all(is_repeatable) is offer.over(http).is_reading
    assert is_repeatable.count(False) <= 1


@EACH
@pytest.mark.parametrize("status", [400, 402, 403, 404, 409, 422])
async def test_a_refusal_tells_its_words_without_addresses(
    offer: Offer, status: int
) -> None:
    with pytest.raises(RefusedError) as caught:
        await offer.run(SameAnswer(refusal(status)))

    detail = caught.value.detail or ""
    assert caught.value.status == status
    assert detail.startswith("please mind ")
    assert not EMAIL.search(detail)
    assert "://" not in detail
    assert "s3cret" not in detail


@EACH
async def test_a_refusal_without_words_is_one(offer: Offer) -> None:
    for body in (b"", b"<p>no</p>", b'{"detail": 7}', b"[" * 100_000):
        error = RejectedError("it answered 400", status=400, body=body)
        with pytest.raises(RefusedError) as caught:
            await offer.run(SameAnswer(error))
        assert caught.value.detail is None


@EACH
@given(data=st.data())
def test_whatever_comes_is_understood_or_an_error_of_the_tree(
    offer: Offer, data: st.DataObject
) -> None:
    example = getattr(offer.over(ScriptedHttp()), "example", None)
    http = SameAnswer(data.draw(to_answers(example)))

    try:
        made = asyncio.run(offer.run(http))
    except GatewayError:
        return

    match offer.over(http):
        case AnswerOperation(output=output):
            assert isinstance(made, output)
            assert msgspec.json.decode(msgspec.json.encode(made), type=output) == made
        case FileOperation():
            assert isinstance(made, File)
        case JobOperation():
            assert isinstance(made, str)
            assert made


@OF_JOBS
@given(data=st.data())
def test_whatever_comes_of_a_job_is_understood_or_an_error_of_the_tree(
    offer: Offer, data: st.DataObject
) -> None:
    http = SameAnswer(data.draw(to_answers(load(offer.plugin.name))))
    job = offer.over(http)

    async def follow() -> tuple[Any, Sequence[str]]:
        polled, found = None, ()
        with contextlib.suppress(GatewayError):
            polled = await job.poll(offer.access, FORGOTTEN)
        with contextlib.suppress(GatewayError):
            found = await job.find(offer.access, FORGOTTEN)
        return polled, found

    polled, found = asyncio.run(follow())
    assert polled is None or isinstance(polled, Polled)
    assert all(ITEM_ID.fullmatch(item_id) for item_id in found)


@OF_JOBS
async def test_following_a_job_changes_nothing(offer: Offer) -> None:
    http = SameAnswer(b"{}")
    job = offer.over(http)

    for follow in (job.poll, job.find):
        with contextlib.suppress(UpstreamError):
            await follow(offer.access, FORGOTTEN)

    assert len(http.calls) >= 2
    assert all(call.may_be_repeated for call in http.calls)


@OF_JOBS
async def test_a_job_that_is_not_known_is_none_and_another_refusal_is_one(
    offer: Offer,
) -> None:
    assert await offer.over(SameAnswer(refusal(404))).poll(offer.access, "7") is None

    with pytest.raises(RefusedError):
        await offer.over(SameAnswer(refusal(403))).poll(offer.access, "7")


@OF_JOBS
async def test_a_job_is_submitted_and_followed_at_the_upstream(offer: Offer) -> None:
    async with standing(offer.plugin) as stand:
        job, access = to_operation(stand, offer), await to_access(stand)

        job_id = await job.run(access, to_sent(job))
        polled = await job.poll(access, job_id)
        forgotten = await job.poll(access, FORGOTTEN)

        assert polled.progress in {"queued", "processing"}
        assert list(await job.find(access, job_id)) == []
        assert forgotten is None
        assert list(await job.find(access, FORGOTTEN)) == []


@READING
async def test_what_is_read_at_the_upstream_is_understood_or_not_there(
    offer: Offer,
) -> None:
    async with standing(offer.plugin) as stand:
        operation, access = to_operation(stand, offer), await to_access(stand)

        made: Any = None
        status = 200
        try:
            made = await operation.run(access, to_sent(operation))
        except RefusedError as error:
            status = error.status

        assert status == 404 or isinstance(made, getattr(operation, "output", File))
