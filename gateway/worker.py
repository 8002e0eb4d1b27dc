"""What a worker of `serve` runs: the gateway, and its ties to the main process."""

import functools
import gc
import sys
from importlib.metadata import version

import structlog
from msgspec import structs

from gateway.adapters import telemetry
from gateway.adapters.metrics.ledger import Ledger
from gateway.adapters.metrics.meter import Meter
from gateway.adapters.metrics.pulse import Pulse
from gateway.adapters.metrics.relay import Relay
from gateway.adapters.process import malloc
from gateway.adapters.process.draining import WorkerDraining
from gateway.adapters.process.parent import Parent
from gateway.adapters.process.workers import Berth
from gateway.api.edge.access import ASGIApp
from gateway.api.edge.draining import Draining
from gateway.bootstrap import Around, build
from gateway.settings import Settings, names_any

_TRACING = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""What OpenTelemetry is told its receiver by; without one of these nothing is traced."""

_SWITCH_SECONDS = 0.001
_ARENAS = 2

log = structlog.get_logger()


def load(settings: Settings, berth: Berth, relay: Relay | None) -> ASGIApp:
    """Build what a worker serves; with a relay, what it counts goes there."""
    telemetry.configure()
    draining = Draining()
    draining_worker = WorkerDraining(berth.enter(), draining.begin)

    async def tell_ready() -> None:
        berth.tell_ready()

    parent = Parent()
    around = Around(
        draining=draining,
        openers=[draining_worker.open, parent.open, tell_ready],
        closers=[parent.close],
    )
    if relay is not None:
        around = _watch(around, settings, relay)
    if names_any(_TRACING):
        around = _trace(around)
    app = build(settings, around=around).app
    _spare_collections()
    _share_finely()
    malloc.use_arenas(_ARENAS)
    malloc.give_back_large()
    return app


def _watch(around: Around, settings: Settings, relay: Relay) -> Around:
    ledger = Ledger()
    names = [provider.name for provider in settings.providers]
    meter = Meter(ledger, names, has_redis=settings.redis is not None)

    def report() -> None:
        meter.measure()
        relay.send(ledger)

    pulse = Pulse(meter, report, functools.partial(relay.send_last, ledger))
    return structs.replace(
        around,
        watch=meter,
        openers=[pulse.open, *around.openers],
        closers=[*around.closers, pulse.close],
    )


def _trace(around: Around) -> Around:
    """Trace, where the extra for it is installed."""
    try:
        from gateway.adapters.tracing import Tracing  # noqa: PLC0415  # needs the extra
    except ImportError:
        log.warning("tracing.missing", reason="the extra otlp is not installed")
        return around
    tracing = Tracing(version("gallery-gateway"))
    return structs.replace(
        around,
        tracer=tracing.tracer,
        wrap=tracing.wrap,
        closers=[*around.closers, tracing.close],
    )


def _spare_collections() -> None:
    """Let the garbage collector come seldom, and not look at what was made so far.

    A page is thousands of objects without cycles, most of which live on in the cache:
    the default thresholds cost a fifth of a cold page's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _share_finely() -> None:
    """Let the event loop have its turn soon where a thread is at work beside it."""
    sys.setswitchinterval(_SWITCH_SECONDS)
