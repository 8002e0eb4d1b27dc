"""A job that was sent, and how to follow it."""

from collections.abc import Awaitable, Callable

from gateway.client.core import jobs
from gateway.client.core.exchange import Flow, Policy
from gateway.client.core.jobs import Sight
from gateway.client.core.structs import Job, Json


class _Seen:
    """A job as it was seen last. Its id is all that is needed to find it again."""

    def __init__(self, sight: Sight, policy: Policy) -> None:
        self._sight = sight
        self._policy = policy

    @property
    def job(self) -> Job:
        return self._sight.job

    @property
    def id(self) -> str:
        return self.job.id

    @property
    def status(self) -> str:
        return self.job.status

    @property
    def position(self) -> int | None:
        """How many tasks are ahead, where that is known."""
        return self.job.position

    @property
    def item_ids(self) -> tuple[str, ...]:
        """The gallery items that it made."""
        return self.job.item_ids or ()

    @property
    def error(self) -> Json:
        return self.job.error

    @property
    def is_finished(self) -> bool:
        return self.job.is_finished

    def _see(self, sight: Sight) -> None:
        self._sight = sight

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.status}>"


class JobHandle(_Seen):
    def __init__(
        self, sight: Sight, policy: Policy, run: Callable[[Flow[Sight]], Sight]
    ) -> None:
        super().__init__(sight, policy)
        self._run = run

    def refresh(self) -> Job:
        """See how it stands now."""
        self._see(self._run(jobs.refresh(self.id, self._policy)))
        return self.job

    def wait(self, timeout: float) -> Job:
        """Return the job once it has ended, well or not, within so many seconds.

        `status` tells which.

        Failures that may pass, of the gateway and on the way to it, are waited for.

        Raises:
            TimeoutError: it has not ended by then; it may be waited for again.
        """
        flow = jobs.wait(self._sight, timeout, self._see, self._policy)
        self._see(self._run(flow))
        return self.job


class AsyncJobHandle(_Seen):
    def __init__(
        self,
        sight: Sight,
        policy: Policy,
        run: Callable[[Flow[Sight]], Awaitable[Sight]],
    ) -> None:
        super().__init__(sight, policy)
        self._run = run

    async def refresh(self) -> Job:
        """See how it stands now."""
        self._see(await self._run(jobs.refresh(self.id, self._policy)))
        return self.job

    async def wait(self, timeout: float) -> Job:  # noqa: ASYNC109  # as its twin's
        """Return the job once it has ended, as `JobHandle.wait` does."""
        flow = jobs.wait(self._sight, timeout, self._see, self._policy)
        self._see(await self._run(flow))
        return self.job
