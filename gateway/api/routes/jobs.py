"""Jobs over HTTP: one, as far as it has come or once that changes; and the recent ones."""

from collections.abc import Mapping

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import ASGIApp
from msgspec import Struct

from gateway.api.answers.conditions import is_known, to_etag
from gateway.api.answers.headers import to_wait
from gateway.api.answers.rendered import Rendered
from gateway.api.caller import READ
from gateway.api.context import HttpRequest, headers_of
from gateway.api.edge.auth import Keyring
from gateway.api.edge.draining import Draining
from gateway.api.parameters.jobs import to_table
from gateway.api.parameters.reading import read_query
from gateway.api.routes.gallery import respond
from gateway.jobs.jobs import IsNews, Job, Jobs
from gateway.jobs.states import POLL_SECONDS

_RUNNING = frozenset({"queued", "processing"})
_RETRY = {"retry-after": str(round(POLL_SECONDS))}


class JobList(Struct, frozen=True, kw_only=True):
    """The jobs that were sent lately, the newest first."""

    jobs: tuple[Job, ...]


def to_handlers(
    jobs: Jobs, keyring: Keyring, draining: Draining
) -> list[HTTPRouteHandler]:
    @get("/v1/jobs/{job_id:str}")
    async def get_job(request: HttpRequest, job_id: FromPath[str]) -> ASGIApp:
        sent = headers_of(request)
        caller = keyring.authorize(sent, READ)
        read_query(request.scope["query_string"])
        wait = to_wait(sent)
        has_known = "if-none-match" in sent
        is_wanted = _is_unknown(sent) if has_known else _is_other()

        def is_news(job: Job) -> bool:
            return is_wanted(job) or draining.has_begun

        job = await jobs.follow(caller.tenant, job_id, is_news, wait or 0)
        headers = dict(_RETRY) if job.status in _RUNNING else {}
        if wait is not None:
            headers["preference-applied"] = f"wait={wait}"
        body = msgspec.json.encode(job)
        return await respond(request, Rendered(body=body, etag=to_etag(body)), headers)

    @get("/v1/jobs")
    async def list_jobs(request: HttpRequest) -> ASGIApp:
        caller = keyring.authorize(headers_of(request), READ)
        providers = tuple(caller.tenant.accounts)
        wanted = read_query(request.scope["query_string"], to_table(providers))
        names = [
            name for name in providers if name in (wanted["provider"] or providers)
        ]
        found = await jobs.list_recent(caller.tenant, names)
        statuses = wanted["status"]
        listed = JobList(
            jobs=tuple(job for job in found if not statuses or job.status in statuses)
        )
        body = msgspec.json.encode(listed)
        return await respond(request, Rendered(body=body, etag=to_etag(body)), {})

    return [get_job, list_jobs]


def _is_unknown(sent: Mapping[str, str]) -> IsNews:
    """Take for news whatever `If-None-Match` does not name."""
    return lambda job: not is_known(to_etag(msgspec.json.encode(job)), sent)


def _is_other() -> IsNews:
    """Take for news what is not as it was when first seen."""
    seen: list[tuple[str, int | None]] = []

    def is_news(job: Job) -> bool:
        seen.append((job.status, job.position))
        return seen[-1] != seen[0]

    return is_news
