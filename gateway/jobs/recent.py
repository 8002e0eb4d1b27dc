"""The jobs that were sent lately, by account, for as long as the cache remembers."""

import asyncio
import contextlib

import msgspec

from gateway.accounts.credentials import Tenant
from gateway.concurrency import budget
from gateway.coordination import keys
from gateway.coordination.leases import alone
from gateway.jobs.references import JobReference
from gateway.plugin.errors import StoreError
from gateway.ports.clock import Clock
from gateway.ports.packing import unpack
from gateway.ports.stores import Store, Stores
from gateway.sealing.digest import to_key

KEEP_SECONDS = 86_400.0
MOST = 100
_LEASE_SECONDS = 1.0


class RecentJobs:
    """Keeps the newest hundred of a day in the widest store there is."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._store = stores.shared or stores.own
        self._clock = clock
        self._lock = asyncio.Lock()

    async def find(self, tenant: Tenant, provider: str) -> tuple[JobReference, ...]:
        """Return the jobs of an account, the newest first; none while nobody can be asked."""
        key = _to_key(tenant, provider)
        try:
            return self._fresh(await _read(self._store, key))
        except StoreError:
            return ()

    async def add(self, tenant: Tenant, job: JobReference) -> None:
        """Add a job, if anybody can be told."""
        key = _to_key(tenant, job.provider)
        with budget.lifted():
            async with (
                self._lock,
                alone(self._store, key, most_seconds=_LEASE_SECONDS),
            ):
                with contextlib.suppress(StoreError):
                    await self._add(key, job)

    async def _add(self, key: str, job: JobReference) -> None:
        jobs = self._fresh((job, *await _read(self._store, key)))
        newest = sorted(jobs, key=lambda one: one.created_at, reverse=True)[:MOST]
        packed = msgspec.msgpack.encode(newest)
        await self._store.put(key, packed, keep_seconds=KEEP_SECONDS)

    def _fresh(self, jobs: tuple[JobReference, ...]) -> tuple[JobReference, ...]:
        oldest = (self._clock.now() - KEEP_SECONDS) * 1000
        return tuple(job for job in jobs if job.created_at > oldest)


async def _read(store: Store, key: str) -> tuple[JobReference, ...]:
    return unpack(await store.get(key), tuple[JobReference, ...]) or ()


def _to_key(tenant: Tenant, provider: str) -> str:
    """Name a tenant's own: another one may have the same account."""
    account = tenant.accounts[provider]
    return keys.recent_jobs(account.key, to_key(tenant.name.encode()))
