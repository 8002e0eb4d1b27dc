"""What a worker of `serve` runs: the gateway, and its ties to the main process."""

import functools
import gc

from gateway.adapters import telemetry
from gateway.adapters.metrics.ledger import Ledger
from gateway.adapters.metrics.meter import Meter
from gateway.adapters.metrics.pulse import Pulse
from gateway.adapters.metrics.relay import Relay
from gateway.adapters.parting import Parting
from gateway.adapters.workers import Berth
from gateway.api.access import ASGIApp
from gateway.api.leaving import Leaving
from gateway.bootstrap import Around, build
from gateway.core.watching import Unwatched, Watch
from gateway.settings import Settings


def load(settings: Settings, berth: Berth, relay: Relay | None) -> ASGIApp:
    """Build what a worker serves; with a relay, what it counts goes there."""
    telemetry.configure()
    leaving = Leaving()
    parting = Parting(berth.enter(), leaving.begin)

    async def tell_ready() -> None:
        berth.tell_ready()

    watch: Watch = Unwatched()
    openers, closers = [parting.open, tell_ready], []
    if relay is not None:
        watch, pulse = _to_watch(settings, relay)
        openers, closers = [pulse.open, *openers], [pulse.close]
    around = Around(watch=watch, leaving=leaving, openers=openers, closers=closers)
    app = build(settings, around=around).app
    _spare_collections()
    return app


def _to_watch(settings: Settings, relay: Relay) -> tuple[Watch, Pulse]:
    ledger = Ledger()
    names = [provider.name for provider in settings.providers]
    meter = Meter(ledger, names, has_redis=settings.redis is not None)
    report = functools.partial(relay.send, ledger)
    return meter, Pulse(meter, report, functools.partial(relay.send_last, ledger))


def _spare_collections() -> None:
    """Let the garbage collector come seldom, and not look at what was made so far.

    A page is thousands of objects without cycles, most of which live on in the cache:
    the default thresholds cost a fifth of a cold page's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
