"""Jobs: followed by their ids alone, until what they made is in the gallery."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import Struct

from gateway.accounts.calls import Calls
from gateway.accounts.credentials import Account, Tenant
from gateway.coordination import keys
from gateway.jobs.operations import Operations
from gateway.jobs.recent import MOST, RecentJobs
from gateway.jobs.references import JobReference, JobSealer
from gateway.jobs.states import LOOK_SECONDS, JobState, JobStates, JobStatus
from gateway.pages.pages import Pages
from gateway.plugin.errors import NotFoundError, UpstreamError
from gateway.plugin.operations import JobOperation, Polled
from gateway.plugin.times import from_epoch_ms
from gateway.ports.clock import Clock
from gateway.ports.metrics import JobPolled, Watch, to_outcome
from gateway.sealing.digest import to_key

LISTING_SECONDS = 60.0
"""For how long what was made may be missing in the list before it is taken for lost."""
_HEARING_SECONDS = 0.1
"""What other replicas have to hear of a purge before anybody is told why."""
_MOST_ASKED = 20
_NOT_LISTED = "it was made, but is not in the gallery"


class Job(Struct, frozen=True, kw_only=True):
    """A task of an upstream that was sent through the gateway."""

    id: str
    provider: str
    operation: str
    status: JobStatus
    position: int | None
    created_at: str | None
    finished_at: str | None
    item_ids: tuple[str, ...]
    error: str | None


IsNews: TypeAlias = Callable[[Job], bool]


class Jobs:
    """Follows jobs for tenants, and lists those that were sent lately."""

    def __init__(  # noqa: PLR0913  # each one is a part
        self,
        operations: Operations,
        calls: Calls,
        pages: Pages,
        *,
        states: JobStates,
        recent: RecentJobs,
        sealer: JobSealer,
        clock: Clock,
        watch: Watch,
    ) -> None:
        self._operations = operations
        self._calls = calls
        self._pages = pages
        self._states = states
        self._recent = recent
        self._sealer = sealer
        self._clock = clock
        self._watch = watch

    def show_new(self, tenant: Tenant, job: JobReference) -> Job:
        """Return a job as it is when it was sent.

        Raises:
            MisbehavedError: it cannot be named.
        """
        return self._show(tenant, job, None)

    async def follow(
        self, tenant: Tenant, job_id: str, is_news: IsNews, wait_seconds: float
    ) -> Job:
        """Return a job, as soon as that is news, after so many seconds at the latest.

        Raises:
            NotFoundError: the tenant has no such job.
            UpstreamError: nothing is known of it, and the upstream cannot be asked.
        """
        job, account = self._sealer.open(job_id, tenant)
        operation = self._operations.find_job(tenant, job.provider, job.operation)
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + wait_seconds
        while True:
            state = await self._learn(job, account, operation)
            shown = self._show(tenant, job, state)
            left = ends_at - loop.time()
            if is_news(shown) or state.is_final or left <= 0:
                return shown
            await asyncio.sleep(min(LOOK_SECONDS, left))

    async def list_recent(self, tenant: Tenant, providers: Sequence[str]) -> list[Job]:
        """Return the jobs of a day, the newest first, a hundred at most.

        Of the newest that are not over it is asked how far they have come.
        """
        found: list[JobReference] = []
        for provider in providers:
            found += await self._recent.find(tenant, provider)
        found.sort(key=lambda job: job.created_at, reverse=True)
        states = await asyncio.gather(
            *(
                self._look(tenant, job, may_ask=place < _MOST_ASKED)
                for place, job in enumerate(found[:MOST])
            )
        )
        return [
            self._show(tenant, job, state)
            for job, state in zip(found, states, strict=False)
        ]

    async def aclose(self) -> None:
        await self._states.aclose()

    async def _look(
        self, tenant: Tenant, job: JobReference, *, may_ask: bool
    ) -> JobState | None:
        account = tenant.accounts[job.provider]
        if may_ask:
            try:
                operation = self._operations.find_job(
                    tenant, job.provider, job.operation
                )
                return await self._learn(job, account, operation)
            except (NotFoundError, UpstreamError):
                pass
        return await self._states.find(_to_state_key(job, account))

    async def _learn(
        self, job: JobReference, account: Account, operation: JobOperation
    ) -> JobState:
        async def poll(known: JobState | None) -> JobState:
            try:
                state = await self._poll(job, account, operation, known)
            except UpstreamError as error:
                self._watch(JobPolled(job.provider, to_outcome(error)))
                raise
            self._watch(JobPolled(job.provider, "ok"))
            return state

        return await self._states.learn(_to_state_key(job, account), poll)

    async def _poll(
        self,
        job: JobReference,
        account: Account,
        operation: JobOperation,
        known: JobState | None,
    ) -> JobState:
        """Ask how far a task has come, and once it is made for what it made."""
        now = self._clock.now()
        made_at = None if known is None else known.made_at
        polled: Polled | None = Polled(progress="succeeded")
        if made_at is None:
            polled = await self._calls.operate(
                account, lambda access: operation.poll(access, job.native_id)
            )
        match polled:
            case Polled(progress="queued" | "processing" as status, position=position):
                return JobState(status=status, polled_at=now, position=position)
            case Polled(progress="failed", error=error):
                return JobState(
                    status="failed", polled_at=now, error=error, finished_at=now
                )
        state = await self._find_made(job, account, operation, made_at or now)
        if polled is None and state.status != "succeeded":
            return JobState(status="unknown", polled_at=now)
        return state

    async def _find_made(
        self,
        job: JobReference,
        account: Account,
        operation: JobOperation,
        made_at: float,
    ) -> JobState:
        """Look for what a task made; once it is there, every replica lists it."""
        item_ids = await self._calls.operate(
            account, lambda access: operation.find(access, job.native_id)
        )
        now = self._clock.now()
        if item_ids:
            await self._pages.purge(account)
            await asyncio.sleep(_HEARING_SECONDS)
            return JobState(
                status="succeeded",
                polled_at=now,
                item_ids=tuple(item_ids),
                made_at=made_at,
                finished_at=made_at,
            )
        if now - made_at < LISTING_SECONDS:
            return JobState(status="processing", polled_at=now, made_at=made_at)
        return JobState(
            status="failed", polled_at=now, error=_NOT_LISTED, finished_at=now
        )

    def _show(self, tenant: Tenant, job: JobReference, state: JobState | None) -> Job:
        state = state or JobState(status="queued", polled_at=0.0)
        finished_at = state.finished_at
        return Job(
            id=self._sealer.seal(job, tenant),
            provider=job.provider,
            operation=job.operation,
            status=state.status,
            position=state.position,
            created_at=from_epoch_ms(job.created_at),
            finished_at=(
                None if finished_at is None else from_epoch_ms(int(finished_at * 1000))
            ),
            item_ids=state.item_ids,
            error=state.error,
        )


def _to_state_key(job: JobReference, account: Account) -> str:
    named = to_key(job.operation.encode(), job.native_id.encode())
    return keys.job(account.key, named)
