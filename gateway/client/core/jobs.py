"""Jobs: submitting one, following it, and waiting for its end."""

from collections.abc import Callable
from urllib.parse import quote

from msgspec import Struct, structs

from gateway.client.core.decoding import decode
from gateway.client.core.errors import (
    ConnectionFailedError,
    RateLimitedError,
    UnavailableError,
    to_retry_after,
)
from gateway.client.core.exchange import Call, Flow, Policy, Reply
from gateway.client.core.query import Filter, to_query
from gateway.client.core.requests import to_posted
from gateway.client.core.retries import asking, to_pause
from gateway.client.core.structs import Job, Jobs

_LONGEST_HOLD_SECONDS = 30
"""The most that `Prefer: wait` may ask for."""
_NEXT_SECONDS = 2.0
"""When to ask again where the gateway does not say: as often as it asks upstream."""
_GRACE_SECONDS = 2.0
"""How much longer than it may be held an answer may take."""
_NOT_MODIFIED = 304


class Sight(Struct, frozen=True, kw_only=True):
    """A job as it was seen last."""

    job: Job
    etag: str | None = None


def submit(
    place: tuple[str, str], body: object, idempotency_key: str, policy: Policy
) -> Flow[Sight]:
    reply = yield from asking(to_posted(place, body, idempotency_key), policy)
    return Sight(job=decode(reply, Job))


def refresh(job_id: str, policy: Policy) -> Flow[Sight]:
    reply = yield from asking(_to_call(job_id), policy)
    return Sight(job=decode(reply, Job), etag=reply.headers.get("etag"))


def jobs(status: Filter, provider: Filter, policy: Policy) -> Flow[tuple[Job, ...]]:
    query = to_query({"status": status, "provider": provider})
    reply = yield from asking(Call(target="/v1/jobs", query=query), policy)
    return decode(reply, Jobs).jobs


def wait(
    sight: Sight, timeout_seconds: float, see: Callable[[Sight], object], policy: Policy
) -> Flow[Sight]:
    """Follow a job to its end, over failures of all kinds that may pass.

    Each sight of it is told.

    Raises:
        TimeoutError: it has not ended in time.
        GatewayError: it cannot be followed.
    """
    end = policy.clock() + timeout_seconds
    pause, tried = 0.0, 0
    while not sight.job.is_finished:
        asked = policy.clock() + pause
        if asked >= end:
            raise TimeoutError(f"{sight.job.status} after {timeout_seconds:g} s")
        call = _to_held(sight, min(end - asked, _LONGEST_HOLD_SECONDS), pause)
        try:
            reply = yield from asking(call, policy, has_patience=False)
        except (ConnectionFailedError, UnavailableError, RateLimitedError) as error:
            pause, tried = to_pause(error, tried, policy), tried + 1
            if policy.clock() + pause >= end:
                raise TimeoutError(f"{error}, for {timeout_seconds:g} s") from error
            continue
        before, sight, tried = sight, _to_sight(reply, sight), 0
        see(sight)
        may_ask = sight.etag is not None and before != sight
        pause = 0.0 if may_ask else _to_next(reply, policy.clock() - asked)
    return sight


def _to_call(job_id: str) -> Call:
    return Call(target=f"/v1/jobs/{quote(job_id, safe='')}")


def _to_held(sight: Sight, seconds: float, pause: float) -> Call:
    """Return a call whose answer is held until the job is another than was seen.

    What was seen has to have a name for that.
    """
    headers = {}
    if sight.etag is not None:
        headers = {"prefer": f"wait={int(seconds)}", "if-none-match": sight.etag}
    return structs.replace(
        _to_call(sight.job.id),
        headers=headers,
        after_seconds=pause,
        timeout_seconds=seconds + _GRACE_SECONDS,
    )


def _to_sight(reply: Reply, before: Sight) -> Sight:
    if reply.status == _NOT_MODIFIED:
        return before
    return Sight(job=decode(reply, Job), etag=reply.headers.get("etag"))


def _to_next(reply: Reply, took_seconds: float) -> float:
    """Return how long not to ask, where nothing is new and the answer may not be held."""
    after_seconds = to_retry_after(reply.headers)
    return max(
        0.0, (_NEXT_SECONDS if after_seconds is None else after_seconds) - took_seconds
    )
