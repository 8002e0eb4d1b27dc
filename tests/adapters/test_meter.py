"""Every event that there is has its place in the ledger."""

from typing import get_args

import pytest

from gateway.adapters.metrics.ledger import Ledger
from gateway.adapters.metrics.meter import Meter
from gateway.ports import metrics
from gateway.ports.metrics import Event
from gateway.ports.stores import SharedRedis

REDIS = SharedRedis(
    kind="single", masters=("a:1",), nodes=1, version="8.0", eviction_policy=None
)
EVENTS: list[Event] = [
    metrics.RequestEnded("GET", "/v1/gallery", 200, 0.1),
    metrics.SourceAnswered("studio", "fresh", 0.1),
    metrics.UpstreamCalled("studio", "ok", 0.1),
    metrics.PageFound("memory"),
    metrics.FlightSaved("process"),
    metrics.LeaseWaited("page", 0.1),
    metrics.BreakerOpened("studio"),
    metrics.BreakerTurned("studio", is_open=True),
    metrics.LoggedIn("studio", "ok"),
    metrics.OperationsOffered({"studio": ["draw"]}),
    metrics.OperationEnded("studio", "draw", "ok"),
    metrics.JobPolled("studio", "ok"),
    metrics.RedisAnswered(0.1),
    metrics.RedisTurned(is_up=False),
    metrics.RedisDescribed(REDIS),
    metrics.MediaSent("studio", "full", 10),
    metrics.LoopLagged(0.1),
    metrics.CachesMade(lambda: {"pages": 1}),
]


def test_the_examples_are_all_events_that_there_are() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(Event))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_is_entered(event: Event) -> None:
    ledger = Ledger()
    meter = Meter(ledger, ["studio"], has_redis=True)
    before = next(iter(ledger.take(1))).gauges

    meter(event)
    meter.measure()

    gauges, *added = ledger.take(1)
    assert added or gauges.gauges != before
