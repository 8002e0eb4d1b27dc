"""A job's id: what is needed to follow it, sealed, so that nobody has to remember it."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from gateway.accounts.credentials import Account, Tenant
from gateway.jobs.outcomes import Submitted
from gateway.plugin.errors import MisbehavedError, NotFoundError
from gateway.plugin.operations import Operation
from gateway.sealing.sealer import ForgedTextError, Sealer, UnknownSealError

_PREFIX = "job_"
_MOST_CHARACTERS = 255


class JobReference(Struct, frozen=True, array_like=True):
    """Which task of which account; `native_id` is the upstream's id of it.

    `created_at` is when it was sent, in epoch milliseconds. `account` is as in
    `Account.ids`.
    """

    provider: str
    operation: str
    native_id: str
    created_at: int
    account: bytes


def to_reference(
    account: Account, operation: Operation, submitted: Submitted
) -> JobReference:
    return JobReference(
        provider=account.provider,
        operation=operation.name,
        native_id=submitted.native_id,
        created_at=submitted.created_at,
        account=account.ids[0],
    )


class JobSealer:
    """Seals references for a tenant; with one signing key or another, as cursors are."""

    def __init__(self, signing_keys: Sequence[bytes]) -> None:
        self._sealer = Sealer(
            signing_keys, b"job", most_characters=_MOST_CHARACTERS - len(_PREFIX)
        )

    def seal(self, reference: JobReference, tenant: Tenant) -> str:
        """Spell a job's id: up to 255 characters that only open for the tenant.

        Raises:
            MisbehavedError: the upstream's id is longer than any.
        """
        content = msgspec.msgpack.encode(reference)
        job_id = _PREFIX + self._sealer.seal(content, tenant.name.encode())
        if len(job_id) > _MOST_CHARACTERS:
            raise MisbehavedError("the id of the task is too long")
        return job_id

    def open(self, job_id: str, tenant: Tenant) -> tuple[JobReference, Account]:
        """Return the job that an id stands for, and whose it is.

        Raises:
            NotFoundError: it stands for none of the tenant's accounts.
        """
        try:
            content = self._sealer.open(
                job_id.removeprefix(_PREFIX), tenant.name.encode()
            )
            reference = msgspec.msgpack.decode(content, type=JobReference)
        except (ForgedTextError, UnknownSealError, msgspec.MsgspecError) as error:
            raise NotFoundError("no such job") from error
        account = tenant.accounts.get(reference.provider)
        is_ours = account is not None and reference.account in account.ids
        if account is None or not is_ours or not job_id.startswith(_PREFIX):
            raise NotFoundError("no such job")
        return reference, account
