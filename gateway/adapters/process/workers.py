"""Granian's workers over listeners that outlive them, replaced one after another.

Granian lets each worker open its own listener: those who wait on it when the worker ends
are reset. Here the main process holds one listener for each place, so that they wait for
the next worker. And where granian takes a new worker for ready after a fixed time and
ends with it if it is not, here the old one stays until the new one has said so.
"""

import contextlib
import functools
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any

import structlog
from granian import loops
from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.server.mp import MPServer, WorkerProcess
from msgspec import Struct

from gateway.adapters.process.draining import PARTING
from gateway.adapters.process.listening import BACKLOG, bound_connections
from gateway.adapters.process.loop import build_loop

_HTTP = HTTP1Settings(header_read_timeout=10_000, max_buffer_size=65_536)
"""What a client may take to send its headers (ms), and how long they may be (bytes)."""
_ENDING = (signal.SIGINT, signal.SIGTERM)
_KILL_SECONDS = 10
"""How long what runs may take at the end of all."""
_READY_SECONDS = 30.0
_PARTING_SECONDS = 1.0
"""For how long a worker that is replaced asks its callers to go elsewhere."""
_RETIRING_SECONDS = 60.0
"""How long what runs in it, as a long download, may take after that."""
_STEP_SECONDS = 0.05

log = structlog.get_logger()


class Berth(Struct, frozen=True, kw_only=True):
    """What a worker inherits: its listener, and where it says that it is ready."""

    listener: socket.socket
    others: Sequence[socket.socket]
    ready_fd: int

    def enter(self) -> int:
        """Leave the others' listeners to them; give the descriptor of one's own."""
        for other in self.others:
            other.close()
        return self.listener.detach()

    def tell_ready(self) -> None:
        os.write(self.ready_fd, b"!")


class Wakeups:
    """Wakes who waits, once for each time that it is set, in place of `threading.Event`.

    A signal's handler that sets an event may interrupt its `wait`, and then both wait
    for the event's lock for ever. One that stays set, where what it was set for is done
    already, keeps granian's loop going round.
    """

    def __init__(self) -> None:
        self._set: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        self._set.put(None)  # a handler may, whatever it interrupts

    def wait(self) -> None:
        self._set.get()

    def clear(self) -> None:
        """Forget nothing: what was set meanwhile is to be looked at."""


class Workers(MPServer):
    """Runs `load` in each worker; SIGHUP replaces them all, once `renew` allows it.

    Where a new one does not start, `revert` is called, and what was replaced goes back.
    """

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        *,
        load: Callable[[Berth], Any],
        renew: Callable[[], bool],
        revert: Callable[[], None],
        started: Callable[[], None],
    ) -> None:
        loops.register(Loops.uvloop)(build_loop)
        host, port = listeners[0].getsockname()[:2]
        super().__init__(
            "gateway",
            address=host,
            port=port,
            interface=Interfaces.ASGI,
            workers=len(listeners),
            loop=Loops.uvloop,
            http=HTTPModes.http1,  # what else it would take in clear text is unbounded
            backlog=BACKLOG,
            backpressure=bound_connections(len(listeners)),
            http1_settings=_HTTP,
            websockets=False,
            log_enabled=False,
            workers_kill_timeout=_KILL_SECONDS,
            respawn_failed_workers=True,
        )
        self._listeners = listeners
        self._load = load
        self._renew = renew
        self._revert = revert
        self._started = started
        self.main_loop_interrupt = Wakeups()  # type: ignore[assignment]  # as much of an event as granian uses
        self._pipes = [os.pipe() for _ in listeners]

    def run(self) -> None:
        """Run until a signal; those that come later do not change how it ended.

        Raises:
            SystemExit: the workers cannot start, or stay up.
        """
        try:
            self.serve(target_loader=self._load, wrap_loader=False)
        finally:
            for number in _ENDING:
                signal.signal(number, signal.SIG_IGN)

    def _init_shared_socket(self) -> None:
        self._ssp = self._sso = None

    def _drop_shared_socket(self) -> None:
        for listener in self._listeners:
            listener.close()

    def _spawn_worker(  # type: ignore[override]  # as granian's own does
        self, idx: int, target: Any, callback_loader: Callable[[Berth], Any]
    ) -> WorkerProcess:
        """Return a worker its listener, where granian would give it what to make one of."""
        listener = self._listeners[idx]
        self._shd = _to_holder(listener)
        others = [other for other in self._listeners if other is not listener]
        berth = Berth(listener=listener, others=others, ready_fd=self._pipes[idx][1])
        self._started()
        load = functools.partial(callback_loader, berth)
        return super()._spawn_worker(idx, target, load)

    def _respawn_workers(
        self,
        workers: Sequence[int],
        spawn_target: Any,
        target_loader: Any,
        delay: float = 0,
    ) -> None:
        for idx in workers:
            code = self.wrks[idx].inner.exitcode
            log.error("worker.died", exit_code=code)  # of a signal: less than 0
        super()._respawn_workers(workers, spawn_target, target_loader, delay)

    def _reload(self, spawn_target: Any, target_loader: Any) -> None:
        self.reload_signal = False
        self.respawned_wrks.clear()
        if not self._renew():
            return
        for idx in range(self.workers):
            if not self._replace(idx, spawn_target, target_loader):
                self._go_back(idx, spawn_target, target_loader)
                return
        log.info("workers.replaced", workers=self.workers)

    def _go_back(self, count: int, target: Any, loader: Any) -> None:
        """Replace so many again, as they were; at a signal to end it does not matter."""
        if not self.interrupt_signal:
            self._revert()
            for idx in range(count):
                self._replace(idx, target, loader)

    def _replace(self, idx: int, target: Any, loader: Any) -> bool:
        """Start a worker, and end the one in its place once it is ready."""
        self._drain_pipe(idx)
        old, new = self.wrks[idx], self._spawn_worker(idx, target, loader)
        new.interrupt_by_parent = True  # while it starts, its end is told here
        new.start()
        if not self._is_ready(idx, new):
            new.kill()
            new.join()
            log.error("worker.refused", reason="it has not started; the old one stays")
            return False
        new.interrupt_by_parent = False
        self.wrks[idx] = new
        if idx in self.interrupt_children:  # the old one has died meanwhile
            self.interrupt_children.remove(idx)
        self._retire(old)
        return True

    def _is_ready(self, idx: int, worker: WorkerProcess) -> bool:
        until = time.monotonic() + _READY_SECONDS
        while worker.is_alive() and not self._is_over(until):
            if select.select([self._pipes[idx][0]], [], [], _STEP_SECONDS)[0]:
                self._drain_pipe(idx)
                return True
        return False

    def _drain_pipe(self, idx: int) -> None:
        """Forget what earlier workers have said."""
        reader = self._pipes[idx][0]
        while select.select([reader], [], [], 0)[0]:
            os.read(reader, 1)

    def _stop_workers(self) -> None:
        """Let who waits for news be answered at once, then end all workers."""
        for worker in self.wrks:
            _tell_to_part(worker)
        super()._stop_workers()  # type: ignore[no-untyped-call]  # granian's own gap

    def _retire(self, worker: WorkerProcess) -> None:
        """Let a worker's callers go, then end it; at a signal to end, leave that to it."""
        _tell_to_part(worker)
        self._wait(worker, _PARTING_SECONDS)
        worker.terminate()
        self._wait(worker, _RETIRING_SECONDS)
        if self.interrupt_signal:
            self.wrks.append(worker)
        elif worker.is_alive():
            worker.kill()

    def _wait(self, worker: WorkerProcess, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._is_over(until):
            worker.join(_STEP_SECONDS)
            if not worker.is_alive():
                return

    def _is_over(self, until: float) -> bool:
        return self.interrupt_signal or time.monotonic() >= until


def _tell_to_part(worker: WorkerProcess) -> None:
    worker.interrupt_by_parent = True
    with contextlib.suppress(ProcessLookupError):
        os.kill(worker.inner.pid, PARTING)


def _to_holder(listener: socket.socket) -> Any:
    """Wrap a socket as granian's workers take it; its stub tells of no constructor."""
    make: Any = SocketHolder
    return make(listener.fileno(), False, BACKLOG)  # noqa: FBT003  # not a Unix one
