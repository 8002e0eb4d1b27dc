"""What a worker does with its listener when it is told that it goes."""

import asyncio
import os
import signal
import socket

from gateway.adapters.process.draining import PARTING, WorkerDraining


async def _part(listener: socket.socket, replaced_by: socket.socket | None) -> None:
    """Tell this process to part, once another has the listener's number if one is given."""
    told = asyncio.Event()
    draining = WorkerDraining(listener.fileno(), told.set)
    await draining.open()
    if replaced_by is not None:
        os.dup2(replaced_by.fileno(), listener.fileno())
    signal.raise_signal(PARTING)
    async with asyncio.timeout(5):
        await told.wait()
    asyncio.get_running_loop().remove_signal_handler(PARTING)


async def test_nobody_is_accepted_any_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await _part(listener, None)

        with socket.socket(fileno=os.dup(listener.fileno())) as now:
            assert now.family == socket.AF_UNIX


async def test_what_has_the_listeners_number_by_then_is_left_alone() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        await _part(listener, other)

        assert os.path.samestat(os.fstat(listener.fileno()), os.fstat(other.fileno()))
