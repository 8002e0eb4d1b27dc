"""What `serve` runs: workers over one configuration, which SIGHUP loads anew."""

import multiprocessing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import structlog

from gateway.adapters.metrics.families import CONFIGURATIONS, WORKER_STARTS, Family
from gateway.adapters.metrics.ledger import Labels
from gateway.adapters.metrics.relay import Relay
from gateway.adapters.plugins import find_plugins
from gateway.adapters.process.listening import listen, refuse_taken
from gateway.adapters.process.workers import Berth, Workers
from gateway.api.edge.access import ASGIApp
from gateway.plugin.errors import SettingsError
from gateway.settings import load
from gateway.worker import load as load_worker

_FIXED = ("host", "port", "workers", "metrics_port")
"""What is listened on, and by how many, is settled at the start."""

Count: TypeAlias = Callable[[Family, Labels, float], None]

log = structlog.get_logger()


class Configuration:
    """The settings that a file holds, or held when it was last without a fault.

    Raises:
        SettingsError: with every fault in it.
    """

    def __init__(self, path: Path, server: Mapping[str, object]) -> None:
        self._path = path
        self.settings = load(path, find_plugins(), server=server)
        own = self.settings.server
        self._previous = self.settings
        self._server = {name: getattr(own, name) for name in _FIXED}

    def renew(self) -> bool:
        """Load the file again; one with faults is told of, and changes nothing."""
        try:
            settings = load(self._path, find_plugins(), server=self._server)
        except SettingsError as error:
            faults = [f"{fault.where}: {fault.message}" for fault in error.faults]
            log.error("configuration.refused", faults=faults)  # noqa: TRY400  # its trace says no more
            return False
        self._previous, self.settings = self.settings, settings
        log.info("configuration.loaded")
        return True

    def revert(self) -> None:
        """Go back to the settings before the last ones."""
        self.settings = self._previous
        log.warning("configuration.reverted")


def run(configuration: Configuration) -> bool:
    """Run the gateway until a signal; tell whether it ended well.

    Raises:
        OSError: a port cannot be had.
    """
    server = configuration.settings.server
    listeners = listen(server.host, server.port, server.workers)
    count, relay = _start_metrics(server.host, server.metrics_port)
    for outcome in ("loaded", "refused"):
        count(CONFIGURATIONS, (outcome,), 0)
    multiprocessing.set_start_method("fork", force=True)
    workers = Workers(
        listeners,
        load=_to_loader(configuration, relay),
        renew=lambda: _renew(configuration, count),
        revert=configuration.revert,
        started=lambda: count(WORKER_STARTS, (), 1),
    )
    log.info(
        "gateway.serving", host=server.host, port=server.port, workers=server.workers
    )
    try:
        workers.run()
    except SystemExit:
        # A signal to the whole group ends the workers too, which is no failure.
        return bool(workers.interrupt_signal)
    return True


def _start_metrics(host: str, port: int) -> tuple[Count, Relay | None]:
    """Serve metrics, if they are wanted; else their library takes no worker's memory."""
    if not port:
        return _count_nothing, None
    refuse_taken(host, port)
    from gateway.adapters.metrics.listener import serve  # noqa: PLC0415
    from gateway.adapters.metrics.totals import Totals  # noqa: PLC0415

    totals, relay = Totals(), Relay()
    serve(totals, host, port)
    relay.start(totals.add)
    return totals.count, relay


def _count_nothing(_family: Family, _labels: Labels, _amount: float) -> None:
    pass


def _renew(configuration: Configuration, count: Count) -> bool:
    is_new = configuration.renew()
    count(CONFIGURATIONS, ("loaded" if is_new else "refused",), 1)
    return is_new


def _to_loader(
    configuration: Configuration, relay: Relay | None
) -> Callable[[Berth], ASGIApp]:
    """Return what each worker runs first: it has the configuration of its day."""

    def load_here(berth: Berth) -> ASGIApp:
        try:
            return load_worker(configuration.settings, berth, relay)
        except Exception:  # the worker's edge: its log hides what must not be shown
            log.exception("worker.failed")
            raise SystemExit(1) from None

    return load_here
