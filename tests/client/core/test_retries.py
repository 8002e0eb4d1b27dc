"""When a call is made again, and how long that may take."""

import pytest
from msgspec import structs

from gateway.client import (
    ConnectionFailedError,
    ForbiddenError,
    GatewayError,
    RateLimitedError,
    UnavailableError,
)
from gateway.client.core.exchange import Call
from gateway.client.core.retries import asking
from tests.client.driving import Driver, in_turn, problem, reply

CALL = Call(target="/v1/providers")
ONCE = structs.replace(CALL, method="DELETE", is_repeatable=False)
BUSY = problem(429, "rate-limited", retry_after="7")
AWAY = problem(503, "upstream-unavailable", retry_after="3")


@pytest.mark.parametrize("fault", [None, BUSY, AWAY])
def test_what_may_be_repeated_is(fault) -> None:
    driver = Driver(in_turn(fault, fault, reply("good")))

    assert driver.run(asking(CALL, driver.policy)).content == b'"good"'
    assert len(driver.calls) == 3


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (None, ConnectionFailedError),
        (BUSY, RateLimitedError),
        (AWAY, UnavailableError),
    ],
)
def test_what_may_not_be_repeated_is_sent_once(fault, error) -> None:
    driver = Driver(in_turn(fault))

    with pytest.raises(error):
        driver.run(asking(ONCE, driver.policy))

    assert len(driver.calls) == 1


def test_a_refusal_is_final() -> None:
    driver = Driver(in_turn(problem(403, "forbidden")))

    with pytest.raises(ForbiddenError):
        driver.run(asking(CALL, driver.policy))

    assert len(driver.calls) == 1


def test_the_number_of_retries_is_bounded() -> None:
    driver = Driver(in_turn(None), retries=5)

    with pytest.raises(ConnectionFailedError):
        driver.run(asking(CALL, driver.policy))

    assert len(driver.calls) == 6
    assert driver.now < 20


def test_pauses_grow_where_the_gateway_names_none() -> None:
    driver = Driver(in_turn(None), retries=4)

    with pytest.raises(ConnectionFailedError):
        driver.run(asking(CALL, driver.policy))

    pauses = [call.after_seconds for call in driver.calls]
    assert pauses == sorted(pauses)
    assert pauses[0] == 0.0
    assert pauses[1] > 0.0


def test_what_the_gateway_asks_for_is_waited_for_and_a_little_more() -> None:
    driver = Driver(in_turn(BUSY, reply("good")))

    driver.run(asking(CALL, driver.policy))

    assert 7.0 < driver.calls[1].after_seconds < 7.5


def test_a_gateway_that_wants_no_wait_is_not_asked_without_end() -> None:
    at_once = problem(503, "upstream-unavailable", retry_after="0")
    driver = Driver(in_turn(at_once, reply("good")))

    driver.run(asking(CALL, driver.policy))

    assert driver.calls[1].after_seconds > 0.0


def test_a_wait_that_is_longer_than_the_call_may_take_is_not_begun() -> None:
    driver = Driver(in_turn(problem(429, "rate-limited", retry_after="31")))

    with pytest.raises(RateLimitedError) as caught:
        driver.run(asking(CALL, driver.policy))

    assert caught.value.retry_after_seconds == 31.0
    assert driver.now == 0.0


def test_tries_share_the_time_of_their_call() -> None:
    driver = Driver(in_turn(None), retries=50, call_seconds=4.0)

    with pytest.raises(ConnectionFailedError):
        driver.run(asking(CALL, driver.policy))

    bounds = [call.timeout_seconds or 0.0 for call in driver.calls]
    assert driver.now <= 30.0 + 4.0
    assert bounds[0] == 30.0
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[-1] > 0.0


def test_a_pause_before_the_call_is_not_of_its_time() -> None:
    driver = Driver(in_turn(reply("good")))

    driver.run(asking(structs.replace(CALL, after_seconds=40.0), driver.policy))

    assert driver.calls[0].timeout_seconds == 30.0


def test_without_patience_only_failures_on_the_way_are_met_again() -> None:
    driver = Driver(in_turn(None, AWAY))

    with pytest.raises(UnavailableError):
        driver.run(asking(CALL, driver.policy, has_patience=False))

    assert len(driver.calls) == 2


BUSY_STILL = problem(409, "idempotency-in-progress")


def test_a_first_answer_that_is_still_to_come_is_waited_for() -> None:
    driver = Driver(in_turn(None, *[BUSY_STILL] * 20, None, reply("good")))

    driver.run(asking(CALL, driver.policy))

    assert len(driver.calls) == 23
    assert driver.now > 5.0


def test_a_first_answer_that_never_comes_is_given_up_in_time() -> None:
    driver = Driver(in_turn(BUSY_STILL))

    with pytest.raises(GatewayError, match="idempotency-in-progress"):
        driver.run(asking(CALL, driver.policy))

    assert 25.0 < driver.now <= 30.0


def test_an_outcome_that_nobody_knows_is_not_asked_for_again() -> None:
    driver = Driver(in_turn(problem(502, "outcome-unknown")))

    with pytest.raises(GatewayError, match="outcome-unknown"):
        driver.run(asking(CALL, driver.policy))

    assert len(driver.calls) == 1
