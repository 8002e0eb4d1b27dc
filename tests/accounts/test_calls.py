import asyncio

import pytest

from gateway.plugin.errors import (
    MisbehavedError,
    UnauthorizedError,
    UnavailableError,
    UnsupportedByProviderError,
)
from gateway.plugin.query import Query
from tests.gallery.fakes import (
    FakeProvider,
    LookUpProvider,
    NoFilters,
    Stand,
    account_of,
)

ACCOUNT = account_of("studio")


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider("studio", range(12, 0, -1))


async def read(stand: Stand, provider: FakeProvider) -> int:
    listing = provider.listing(Query(), NoFilters())
    return len((await stand.calls.read(ACCOUNT, listing, 0)).entries)


async def test_an_answer_is_noted_as_health(provider: FakeProvider) -> None:
    stand = Stand(provider)
    stand.health.note_failure(ACCOUNT, UnavailableError("503"))

    count = await read(stand, provider)

    assert count == 5
    assert stand.health.state("studio") == "ok"


async def test_a_failure_is_noted_and_passed_on(provider: FakeProvider) -> None:
    stand = Stand(provider)
    provider.failure = UnavailableError("503")

    with pytest.raises(UnavailableError):
        await read(stand, provider)

    assert stand.health.state("studio") == "degraded"


@pytest.mark.parametrize("failure", [ValueError("odd"), KeyError("x"), OSError()])
async def test_a_plugins_own_mistake_is_misbehaviour(
    provider: FakeProvider, failure: Exception
) -> None:
    stand = Stand(provider)
    provider.failure = failure

    with pytest.raises(MisbehavedError):
        await read(stand, provider)

    assert stand.health.state("studio") == "degraded"


async def test_a_plugins_mistake_at_login_is_misbehaviour_too(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    provider.login_failure = ZeroDivisionError()

    with pytest.raises(MisbehavedError):
        await read(stand, provider)


async def test_a_voided_token_is_not_seen_by_the_caller(provider: FakeProvider) -> None:
    stand = Stand(provider)
    await read(stand, provider)
    provider.good = {"second"}

    count = await read(stand, provider)

    assert count == 5
    assert stand.health.last_error(ACCOUNT) is None


async def test_a_refused_credential_degrades_nobody(provider: FakeProvider) -> None:
    stand = Stand(provider)
    provider.good = set()

    with pytest.raises(UnauthorizedError):
        await read(stand, provider)

    assert stand.health.state("studio") == "ok"


async def test_a_cancellation_is_not_swallowed(provider: FakeProvider) -> None:
    stand = Stand(provider)
    provider.gate = asyncio.Event()
    task = asyncio.create_task(read(stand, provider))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert stand.health.state("studio") == "ok"


async def test_an_item_is_looked_up() -> None:
    stand = Stand(LookUpProvider("studio", [3]))

    found = await stand.calls.look_up(ACCOUNT, "3")
    missing = await stand.calls.look_up(ACCOUNT, "99")

    assert found is not None
    assert found.id == "studio:3"
    assert missing is None


async def test_what_a_provider_cannot_do_is_refused_without_a_call(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)

    with pytest.raises(UnsupportedByProviderError):
        await stand.calls.look_up(ACCOUNT, "3")
    with pytest.raises(UnsupportedByProviderError):
        await stand.calls.delete(ACCOUNT, "3")

    assert provider.logins == []
