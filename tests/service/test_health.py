import pytest

from gateway.adapters.memory import LocalNews, MemoryStore
from gateway.core.errors import (
    MisbehavedError,
    RejectedError,
    UnauthorizedError,
    UnavailableError,
    UpstreamError,
)
from gateway.core.stores import Stores
from gateway.service.breakers import Breakers
from gateway.service.health import Health
from tests.fakes import FakeClock


@pytest.fixture
def health() -> Health:
    clock = FakeClock()
    own = MemoryStore(limit_bytes=1000, clock=clock)
    stores = Stores(own=own, shared=None, news=LocalNews())
    return Health(clock, Breakers({}, stores, clock))


def test_a_provider_that_nobody_asked_is_ok(health: Health) -> None:
    assert health.state("studio") == "ok"
    assert health.last_error("studio") is None


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
    health.note_failure("studio", error)
    failing = health.state("studio")
    health.note_success("studio")

    assert (failing, health.state("studio")) == ("degraded", "ok")
    assert health.state("other") == "ok"


def test_the_last_error_is_remembered_with_its_time(health: Health) -> None:
    health.note_failure("studio", UnavailableError("503"))
    health.note_success("studio")

    last = health.last_error("studio")

    assert last is not None
    assert last.code == "upstream-unavailable"
    assert last.time == "2023-11-14T22:13:20.000Z"


def test_a_tenants_bad_credential_is_not_the_providers_fault(health: Health) -> None:
    health.note_failure("studio", UnauthorizedError("401"))

    assert health.state("studio") == "ok"
    assert health.last_error("studio") is not None
