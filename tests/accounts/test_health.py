import pytest

from gateway.accounts.breakers import Breakers
from gateway.accounts.health import Health
from gateway.adapters.memory import LocalNews, MemoryStore
from gateway.plugin.errors import (
    MisbehavedError,
    RejectedError,
    UnauthorizedError,
    UnavailableError,
    UpstreamError,
)
from gateway.ports.stores import Stores
from tests.fakes import FakeClock
from tests.gallery.fakes import account_of

STUDIO = account_of("studio")


@pytest.fixture
def health() -> Health:
    clock = FakeClock()
    own = MemoryStore(limit_bytes=1000, clock=clock)
    stores = Stores(own=own, shared=None, news=LocalNews())
    return Health(clock, Breakers({}, stores, clock))


def test_a_provider_that_nobody_asked_is_ok(health: Health) -> None:
    assert health.state("studio") == "ok"
    assert health.last_error(STUDIO) is None


@pytest.mark.parametrize(
    "error",
    [
        UnavailableError("503"),
        MisbehavedError("nonsense"),
        RejectedError("403", status=403),
    ],
)
def test_a_failure_degrades_until_the_next_success(
    health: Health, error: UpstreamError
) -> None:
    health.note_failure(STUDIO, error)
    failing = health.state("studio")
    health.note_success("studio")

    assert (failing, health.state("studio")) == ("degraded", "ok")
    assert health.state("other") == "ok"


def test_the_last_error_is_remembered_with_its_time(health: Health) -> None:
    health.note_failure(STUDIO, UnavailableError("503"))
    health.note_success("studio")

    last = health.last_error(STUDIO)

    assert last is not None
    assert last.code == "upstream-unavailable"
    assert last.time == "2023-11-14T22:13:20.000Z"


def test_a_tenants_bad_credential_is_not_the_providers_fault(health: Health) -> None:
    health.note_failure(STUDIO, UnauthorizedError("401"))

    assert health.state("studio") == "ok"
    assert health.last_error(STUDIO) is not None
    assert health.last_error(account_of("studio", "theirs")) is None


def test_an_account_is_told_of_what_came_last(health: Health) -> None:
    health.note_failure(STUDIO, UnavailableError("503"))
    health.note_failure(STUDIO, UnauthorizedError("401"))

    ours, theirs = (
        health.last_error(one) for one in (STUDIO, account_of("studio", "theirs"))
    )

    assert ours is not None
    assert theirs is not None
    assert {ours.code, theirs.code} <= {"upstream-unauthorized", "upstream-unavailable"}
    assert theirs.code == "upstream-unavailable"
