"""Jobs over HTTP: one, as far as it has come or once that changes; and the recent ones."""

from collections.abc import Mapping
from typing import get_args

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from gateway.api.answers.headers import is_known, to_wait
from gateway.api.answers.rendered import Rendered, to_small_etag
from gateway.api.edge.auth import READ, HttpRequest, Keyring, headers_of
from gateway.api.edge.draining import Draining
from gateway.api.parameters import parse_choices, refuse_parameters
from gateway.api.routes.gallery import respond
from gateway.jobs.jobs import IsNews, Job, Jobs
from gateway.jobs.states import POLL_SECONDS, JobStatus

_RUNNING = frozenset({"queued", "processing"})
_RETRY = {"retry-after": str(round(POLL_SECONDS))}


class JobList(Struct, frozen=True, kw_only=True):
    """The jobs that were sent lately, the newest first."""

    jobs: tuple[Job, ...]


def to_handlers(
    jobs: Jobs, keyring: Keyring, draining: Draining
) -> list[HTTPRouteHandler]:
    @get("/v1/jobs/{job_id:str}")
    async def get_job(request: HttpRequest, job_id: FromPath[str]) -> Response[bytes]:
        sent = headers_of(request)
        caller = keyring.authorize(sent, READ)
        refuse_parameters(request.scope["query_string"])
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
        return await respond(
            request, Rendered(body=body, etag=to_small_etag(body)), headers
        )

    @get("/v1/jobs")
    async def list_jobs(request: HttpRequest) -> Response[bytes]:
        caller = keyring.authorize(headers_of(request), READ)
        providers = tuple(caller.tenant.accounts)
        wanted = parse_choices(
            request.scope["query_string"],
            {"status": get_args(JobStatus), "provider": providers},
        )
        names = [
            name for name in providers if name in (wanted["provider"] or providers)
        ]
        found = await jobs.list_recent(caller.tenant, names)
        statuses = wanted["status"]
        listed = JobList(
            jobs=tuple(job for job in found if not statuses or job.status in statuses)
        )
        body = msgspec.json.encode(listed)
        return await respond(request, Rendered(body=body, etag=to_small_etag(body)), {})

    return [get_job, list_jobs]


def _is_unknown(sent: Mapping[str, str]) -> IsNews:
    """Take for news whatever `If-None-Match` does not name."""
    return lambda job: not is_known(to_small_etag(msgspec.json.encode(job)), sent)


def _is_other() -> IsNews:
    """Take for news what is not as it was when first seen."""
    seen: list[tuple[str, int | None]] = []

    def is_news(job: Job) -> bool:
        seen.append((job.status, job.position))
        return seen[-1] != seen[0]

    return is_news
