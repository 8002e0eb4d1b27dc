"""The operations of a tenant's providers: found by name, and carried out once."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from gateway.accounts.calls import Calls
from gateway.accounts.credentials import Account, Tenant
from gateway.concurrency.keyed import KeyedSemaphores
from gateway.concurrency.tasks import Tasks, begin_within
from gateway.coordination import keys
from gateway.coordination.leases import alone
from gateway.jobs.idempotency import Idempotency
from gateway.jobs.outcomes import Answered, Outcome, Refused, Submitted, Unknown
from gateway.jobs.recent import RecentJobs
from gateway.jobs.references import JobSealer, to_reference
from gateway.pages.pages import Pages
from gateway.plugin.errors import (
    MisbehavedError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    UpstreamError,
)
from gateway.plugin.operations import JobOperation, Operation, Sent
from gateway.ports.clock import Clock
from gateway.ports.metrics import (
    OperationEnded,
    OperationOutcome,
    OperationsOffered,
    Watch,
    to_outcome,
)
from gateway.ports.stores import Stores
from gateway.sealing.digest import to_key

_NOT_FOUND = 404

log = structlog.get_logger()


class Once(Struct, frozen=True, kw_only=True):
    """A caller's idempotency key, and the digest of all that it is sent with.

    `subject` is who it is of, beside the tenant.
    """

    key: str
    fingerprint: bytes
    subject: str = ""


class Operations:
    """Carries out what providers offer, for tenants that have accounts there."""

    def __init__(  # noqa: PLR0913  # each one is a part
        self,
        offered: Mapping[str, Sequence[Operation]],
        calls: Calls,
        pages: Pages,
        *,
        idempotency: Idempotency,
        recent: RecentJobs,
        sealer: JobSealer,
        stores: Stores,
        clock: Clock,
        watch: Watch,
    ) -> None:
        self._offered = {
            provider: {operation.name: operation for operation in operations}
            for provider, operations in offered.items()
        }
        self._calls = calls
        self._pages = pages
        self._idempotency = idempotency
        self._recent = recent
        self._sealer = sealer
        self._shared = stores.shared
        self._clock = clock
        self._watch = watch
        names = {provider: tuple(own) for provider, own in self._offered.items()}
        watch(OperationsOffered(names))
        self._alone = KeyedSemaphores(1)
        self._changing = Tasks(begin_within)

    @property
    def all(self) -> Mapping[str, Sequence[Operation]]:
        """Return what each provider offers, in its order."""
        return {name: tuple(own.values()) for name, own in self._offered.items()}

    def find(self, tenant: Tenant, provider: str, name: str) -> Operation:
        """Return an operation of one of the tenant's providers.

        Raises:
            NotFoundError: there is none of this name.
        """
        found = self._offered.get(provider, {}).get(name)
        if found is None or provider not in tenant.accounts:
            raise NotFoundError("no such operation")
        return found

    def find_job(self, tenant: Tenant, provider: str, name: str) -> JobOperation:
        """Return an operation that makes jobs, as `find` does."""
        found = self.find(tenant, provider, name)
        if not isinstance(found, JobOperation):
            raise NotFoundError("no such job")
        return found

    async def read(self, account: Account, operation: Operation, sent: Sent) -> Any:
        """Return what a reading operation's `run` gives.

        Raises:
            NotFoundError: the upstream has none.
            RefusedError, UpstreamError: it refuses, or cannot answer.
        """
        try:
            return await self._run(account, operation, sent)
        except RefusedError as error:
            if error.status == _NOT_FOUND:
                raise NotFoundError(error.detail or "the upstream has none") from error
            raise

    async def change(
        self,
        tenant: Tenant,
        account: Account,
        operation: Operation,
        sent: Sent,
        once: Once | None,
    ) -> tuple[Outcome, bool]:
        """Carry an operation out; return what became of it, and whether it was before.

        It goes on when the caller leaves.

        Raises:
            UpstreamError: it certainly was not carried out.
            IdempotencyMismatchError, IdempotencyInProgressError, StoreUnavailableError:
                see `Idempotency.once`.
        """
        return await asyncio.shield(
            self._changing.begin(self._change(tenant, account, operation, sent, once))
        )

    async def aclose(self) -> None:
        """Let what is being carried out come to its end."""
        await self._changing.settle()
        await self._idempotency.aclose()

    async def _change(
        self,
        tenant: Tenant,
        account: Account,
        operation: Operation,
        sent: Sent,
        once: Once | None,
    ) -> tuple[Outcome, bool]:
        run = partial(self._to_outcome, tenant, account, operation, sent)
        if once is None:
            return await run(), False
        named = to_key(
            tenant.name.encode(),
            account.key.encode(),
            once.subject.encode(),
            once.key.encode(),
        )
        outcome, is_replayed = await self._idempotency.once(
            keys.idempotency(named), once.fingerprint, run
        )
        if is_replayed:
            self._tell(account.provider, operation, "replayed")
        return outcome, is_replayed

    async def _to_outcome(
        self, tenant: Tenant, account: Account, operation: Operation, sent: Sent
    ) -> Outcome:
        try:
            made = await self._run(account, operation, sent)
        except RefusedError as error:
            return Refused(error.status, error.detail)
        except OutcomeUnknownError as error:
            return Unknown(str(error))
        if operation.opens_account:
            await self._pages.purge(account)
        if isinstance(operation, JobOperation):
            return await self._to_submitted(tenant, account, operation, made)
        return Answered(msgspec.json.encode(made))

    async def _to_submitted(
        self, tenant: Tenant, account: Account, operation: Operation, task: str
    ) -> Outcome:
        """Remember a job; of one that cannot be named nobody learns what comes of it."""
        submitted = Submitted(task, int(self._clock.now() * 1000))
        reference = to_reference(account, operation, submitted)
        try:
            self._sealer.seal(reference, tenant)
        except MisbehavedError as error:
            return Unknown(str(error))
        await self._recent.add(tenant, reference)
        return submitted

    async def _run(self, account: Account, operation: Operation, sent: Sent) -> Any:
        with self._telling(account.provider, operation):
            async with self._alone_if_needed(account, operation):
                return await self._calls.operate(
                    account,
                    lambda access: operation.run(access, sent),
                    needs_login=operation.needs_login,
                )

    @contextmanager
    def _telling(self, provider: str, operation: Operation) -> Iterator[None]:
        """Tell what becomes of what is done within, but for what a caller did wrong."""
        begun = time.perf_counter()
        try:
            yield
        except UpstreamError as error:
            self._tell(provider, operation, _to_operation_outcome(error), begun)
            raise
        except asyncio.CancelledError:
            self._tell(provider, operation, "unknown", begun)
            raise
        self._tell(provider, operation, "ok", begun)

    def _tell(
        self,
        provider: str,
        operation: Operation,
        outcome: OperationOutcome,
        begun: float | None = None,
    ) -> None:
        """Count it; what was to change something leaves a line in the log, too."""
        self._watch(OperationEnded(provider, operation.name, outcome))
        if operation.method != "GET" and not operation.is_reading:
            seconds = 0.0 if begun is None else time.perf_counter() - begun
            log.info(
                "operation.ended",
                provider=provider,
                operation=operation.name,
                outcome=outcome,
                milliseconds=round(seconds * 1000, 1),
            )

    @asynccontextmanager
    async def _alone_if_needed(
        self, account: Account, operation: Operation
    ) -> AsyncIterator[None]:
        """Keep others from changing the same, in this process and where one can elsewhere."""
        if not operation.is_exclusive:
            yield
            return
        async with self._alone.at(account.key):
            if self._shared is None:
                yield
                return
            async with alone(self._shared, keys.operation(account.key), self._watch):
                yield


def _to_operation_outcome(error: UpstreamError) -> OperationOutcome:
    match error:
        case RefusedError():
            return "refused"
        case OutcomeUnknownError():
            return "unknown"
    return to_outcome(error)
