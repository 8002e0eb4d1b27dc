"""A job's id: one valid spelling, for its tenant and account alone."""

import pytest
from hypothesis import given, strategies as st

from gateway.accounts.credentials import Account, Tenant
from gateway.jobs.references import JobReference, JobSealer
from gateway.plugin.errors import MisbehavedError, NotFoundError
from tests.fakes import TokenCredential

OLD, NEW = (
    b"an-old-secret-of-32-bytes-or-more!!",
    b"a-new-secret-of-32-bytes-or-more!!!",
)
IDS = (b"account1", b"account2")


def tenant(name: str = "acme", ids: tuple[bytes, ...] = IDS) -> Tenant:
    account = Account(
        provider="avatar",
        key="k",
        ids=ids,
        credential=TokenCredential(token="t"),  # noqa: S106  # no password
    )
    return Tenant(name=name, accounts={"avatar": account})


def reference(
    native_id: str = "1738860389536", account: bytes = IDS[0]
) -> JobReference:
    return JobReference("avatar", "generate", native_id, 1_738_860_389_536, account)


@given(
    st.text(max_size=60),
    st.integers(0, 2**45),
    st.text("abcdefgh_", min_size=1, max_size=20),
)
def test_an_id_holds_all_that_is_needed(
    native_id: str, created_at: int, operation: str
) -> None:
    job = JobReference("avatar", operation, native_id, created_at, IDS[0])
    sealer = JobSealer([OLD])

    try:
        job_id = sealer.seal(job, tenant())
    except MisbehavedError:
        assert len(native_id.encode()) > 60
        return

    assert len(job_id) <= 255
    assert sealer.open(job_id, tenant())[0] == job
    assert sealer.seal(job, tenant()) == job_id


@given(st.data())
def test_an_id_has_one_valid_spelling(data: st.DataObject) -> None:
    sealer = JobSealer([OLD])
    job_id = sealer.seal(reference(), tenant())
    place = data.draw(st.integers(0, len(job_id) - 1))
    letter = data.draw(st.characters(codec="utf-8"))
    spelt = data.draw(
        st.sampled_from(
            [
                job_id[:place] + letter + job_id[place + 1 :],
                job_id[:place] + letter + job_id[place:],
                job_id[:place] + job_id[place + 1 :],
            ]
        )
    )

    if spelt == job_id:
        return
    with pytest.raises(NotFoundError):
        sealer.open(spelt, tenant())


@given(st.text(max_size=300))
def test_no_other_text_is_an_id(text: str) -> None:
    with pytest.raises(NotFoundError):
        JobSealer([OLD]).open(text, tenant())


@pytest.mark.parametrize(
    "other",
    [tenant("other"), tenant(ids=(b"account3",)), Tenant(name="acme", accounts={})],
    ids=["tenant", "account", "provider"],
)
def test_an_id_is_good_for_nobody_else(other: Tenant) -> None:
    sealer = JobSealer([OLD])
    job_id = sealer.seal(reference(), tenant())

    with pytest.raises(NotFoundError):
        sealer.open(job_id, other)


def test_an_id_outlives_a_change_of_keys() -> None:
    job_id = JobSealer([OLD]).seal(reference(), tenant())

    opened, _ = JobSealer([NEW, OLD]).open(job_id, tenant(ids=(b"account0", *IDS)))

    assert opened == reference()
    with pytest.raises(NotFoundError):
        JobSealer([NEW]).open(job_id, tenant())


def test_an_upstreams_id_that_is_too_long_is_its_fault() -> None:
    with pytest.raises(MisbehavedError):
        JobSealer([OLD]).seal(reference("9" * 200), tenant())
