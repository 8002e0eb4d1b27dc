"""Counts on their way from many workers to one answer."""

import threading

import pytest
from hypothesis import given, strategies as st
from prometheus_client.core import Metric

from gateway.adapters.metrics import families as f
from gateway.adapters.metrics.ledger import Ledger, Report
from gateway.adapters.metrics.meter import Meter
from gateway.adapters.metrics.relay import Relay
from gateway.adapters.metrics.totals import Totals
from gateway.ports.metrics import (
    BreakerOpened,
    BreakerTurned,
    RedisDescribed,
    RedisTurned,
)
from gateway.ports.stores import SharedRedis
from tests.stack.processes import wait_until

PROVIDER = ("studio",)


class Seconds:
    """A clock that stands until it is turned."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def metric_of(totals: Totals, family: f.Family) -> Metric:
    (metric,) = (
        metric
        for metric in totals.collect()
        if metric.name in {family.name, family.name.removesuffix("_total")}
    )
    return metric


def value_of(totals: Totals, family: f.Family, name: str = "") -> float:
    samples = metric_of(totals, family).samples
    return sum(sample.value for sample in samples if sample.name.endswith(name))


def hand_over(ledger: Ledger, totals: Totals, worker: int = 1) -> None:
    for report in ledger.take(worker):
        totals.add(report)


@given(
    st.lists(st.tuples(st.integers(1, 3), st.floats(0, 20), st.booleans()), max_size=60)
)
def test_whoever_counts_and_however_often_it_is_handed_over_nothing_is_lost(
    happened: list[tuple[int, float, bool]],
) -> None:
    totals = Totals()
    ledgers = {worker: Ledger() for worker in (1, 2, 3)}

    for worker, seconds, is_handed_over in happened:
        ledgers[worker].count(f.LOGINS, ("studio", "ok"))
        ledgers[worker].observe(f.SOURCE_SECONDS, seconds, PROVIDER)
        if is_handed_over:
            hand_over(ledgers[worker], totals, worker)
    for worker, ledger in ledgers.items():
        hand_over(ledger, totals, worker)

    assert value_of(totals, f.LOGINS) == len(happened)
    assert value_of(totals, f.SOURCE_SECONDS, "_count") == len(happened)
    expected = sum(seconds for _, seconds, _ in happened)
    assert value_of(totals, f.SOURCE_SECONDS, "_sum") == pytest.approx(expected)


def test_a_value_is_counted_in_every_bucket_that_it_fits_into() -> None:
    totals, ledger = Totals(), Ledger()

    for seconds in (0.001, 0.0011, 99.0):
        ledger.observe(f.LOOP_LAG, seconds)
    hand_over(ledger, totals)

    buckets = {
        sample.labels["le"]: sample.value
        for sample in metric_of(totals, f.LOOP_LAG).samples
        if sample.name.endswith("_bucket")
    }
    assert buckets["0.001"] == 1
    assert buckets["0.0025"] == 2
    assert buckets["1.0"] == 2
    assert buckets["+Inf"] == 3
    assert list(buckets.values()) == sorted(buckets.values())


def test_two_workers_that_see_a_breaker_open_are_one_breaker() -> None:
    totals = Totals()
    for worker in (1, 2):
        ledger = Ledger()
        meter = Meter(ledger, PROVIDER, has_redis=True)
        meter(BreakerTurned("studio", is_open=True))
        meter(RedisTurned(is_up=worker == 1))
        hand_over(ledger, totals, worker)

    assert value_of(totals, f.BREAKER_OPEN) == 1
    assert value_of(totals, f.REDIS_UP) == 0
    assert value_of(totals, f.WORKERS) == 2


def test_what_redis_was_stands_at_nothing_once_it_is_another() -> None:
    ledger, totals = Ledger(), Totals()
    meter = Meter(ledger, PROVIDER, has_redis=True)
    for master in ("10.0.0.1:6379", "10.0.0.2:6379"):
        redis = SharedRedis(
            kind="sentinel",
            masters=(master,),
            nodes=3,
            version="Redis 7.0.15",
            eviction_policy=None,
        )
        meter(RedisDescribed(redis))
        hand_over(ledger, totals, 1)

    told = {
        s.labels["master"]: s.value for s in metric_of(totals, f.REDIS_INFO).samples
    }
    assert told == {"10.0.0.1:6379": 0, "10.0.0.2:6379": 1}
    assert value_of(totals, f.REDIS_NODES) == 3


def test_what_a_worker_stood_at_goes_with_it_and_what_it_counted_stays() -> None:
    seconds = Seconds()
    totals = Totals(seconds)
    for worker in (1, 2, 3):
        ledger = Ledger()
        meter = Meter(ledger, PROVIDER, has_redis=False)
        meter(BreakerTurned("studio", worker > 1))
        meter(BreakerOpened("studio"))
        hand_over(ledger, totals, worker)

    totals.add(Report(2, is_last=True))
    seconds.now = 4.0
    hand_over(Ledger(), totals, 1)
    still_open = value_of(totals, f.BREAKER_OPEN)
    seconds.now = 6.0

    assert still_open == 1
    assert value_of(totals, f.BREAKER_OPEN) == 0
    assert value_of(totals, f.WORKERS) == 1
    assert value_of(totals, f.BREAKER_OPENINGS) == 3


def test_what_does_not_fit_in_is_sent_with_the_next_report() -> None:
    relay, totals, ledger = Relay(), Totals(), Ledger()
    rounds = 3_000

    for number in range(rounds):
        ledger.count(f.REQUESTS, ("GET", f"/{number % 50}", 200))
        ledger.observe(f.REQUEST_SECONDS, 0.01, (f"/{number % 50}",))
        relay.send(ledger)
    relay.start(totals.add)

    def has_all() -> bool:
        relay.send(ledger)
        counted = value_of(totals, f.REQUESTS)
        observed = value_of(totals, f.REQUEST_SECONDS, "_count")
        return counted == observed == rounds

    wait_until(has_all, "all counts, and all observations")


def test_it_may_be_read_while_it_is_told() -> None:
    totals = Totals()

    def tell() -> None:
        for number in range(2_000):
            totals.add(Report(1, counts=[(f.REQUESTS.name, ("GET", "/", number), 1)]))

    telling = threading.Thread(target=tell)
    telling.start()
    while telling.is_alive():
        value_of(totals, f.REQUESTS)
    telling.join()

    assert value_of(totals, f.REQUESTS) == 2_000


def test_every_family_that_there_is_is_served() -> None:
    there = {one for one in vars(f).values() if isinstance(one, f.Family)}

    assert there == {*f.FAMILIES}
