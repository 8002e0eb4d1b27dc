"""What `demo` and `sandbox` run: servers on one event loop, until Ctrl-C."""

import asyncio
import logging
import secrets
import signal
import socket
import webbrowser
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from gateway.adapters import telemetry
from gateway.adapters.plugins import find_plugins, find_sandboxes
from gateway.adapters.process.listening import refuse_taken
from gateway.bootstrap import build
from gateway.concurrency.tasks import begin_behind
from gateway.settings import hash_key, load

_LOOPBACK = "127.0.0.1"
_ANY = {"0.0.0.0": _LOOPBACK, "::": "::1"}  # noqa: S104  # not to listen on
_ACCOUNTS = {
    "hyper3d": "demo@example.com with the password demo",
    "avatar": "demo@example.com",
    "piktid": "the token demo",
}
_FAULT = '{"status": 503, "count": 24}'
_OPEN_SECONDS = 15.0
_STEP_SECONDS = 0.02
_SETTLE_SECONDS = 0.05
_CONNECTIONS = 1_024
"""How many are served at once: of its own a server takes 128, and lets the others wait."""


async def run(host: str, port: int, *, opens: bool = False) -> None:
    """Run the three sandboxes and the gateway over them; show its page if told to.

    Raises:
        OSError: the port cannot be had.
    """
    telemetry.configure(level=logging.WARNING)
    interrupted = _hear_interruptions()
    refuse_taken(host, port)
    key = secrets.token_urlsafe(16)
    async with AsyncExitStack() as stack:
        addresses = {}
        for name, create in find_sandboxes().items():
            own_port = stack.enter_context(_reserved_port())
            await stack.enter_async_context(_serving(create(), _LOOPBACK, own_port))
            addresses[name] = f"http://{_LOOPBACK}:{own_port}"
        settings = load(
            to_config_path("sandbox.toml"),
            find_plugins(),
            environment=_to_environment(addresses, key),
            server={"host": host, "port": port},
        )
        await stack.enter_async_context(_serving(build(settings).app, host, port))
        address = _to_address(host, port)
        _welcome(address, addresses, key)
        if opens:
            await asyncio.to_thread(webbrowser.open, f"{address}/")
        await interrupted.wait()


async def run_sandbox(name: str, app: Any, host: str, port: int) -> None:
    """Run one sandbox upstream.

    Raises:
        OSError: the port cannot be had.
    """
    telemetry.configure(level=logging.WARNING)
    interrupted = _hear_interruptions()
    refuse_taken(host, port)
    async with _serving(app, host, port):
        address = _to_address(host, port)
        Console().print(
            f"The {name} sandbox is at [bold]{address}[/]\n"
            f"Its account:  {_ACCOUNTS.get(name, 'demo@example.com')}\n"
            f"Its controls: [bold]{address}/_sandbox[/]\n"
            "Ctrl-C ends it.",
            soft_wrap=True,
            highlight=False,
        )
        await interrupted.wait()


def to_config_path(name: str) -> Path:
    """Find a file of `config/`: in the checkout, or in the installed package."""
    packaged = Path(__file__).parent / "config" / name
    return (
        packaged if packaged.exists() else Path(__file__).parents[1] / "config" / name
    )


def _to_environment(addresses: Mapping[str, str], key: str) -> dict[str, str]:
    urls = {f"{name.upper()}_URL": address for name, address in addresses.items()}
    return {
        "GATEWAY_SIGNING_KEY": secrets.token_urlsafe(32),
        "DEMO_KEY_HASH": hash_key(key),
        **urls,
    }


@asynccontextmanager
async def _serving(app: Any, host: str, port: int) -> AsyncIterator[None]:
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
        backlog=_CONNECTIONS,
    )
    logging.getLogger("_granian").setLevel(logging.ERROR)
    task = begin_behind(server.serve())
    try:
        await _until_open(task, _ANY.get(host, host), port)
        yield
    finally:
        server.stop()
        await task
        # granian's threads may be at a connection's end still, and abort a process
        # whose interpreter has gone
        await asyncio.sleep(_SETTLE_SECONDS)


async def _until_open(task: asyncio.Task[None], host: str, port: int) -> None:
    async with asyncio.timeout(_OPEN_SECONDS):
        while not await _is_open(host, port):
            if task.done():
                task.result()
                raise OSError(f"the server on port {port} has ended")
            await asyncio.sleep(_STEP_SECONDS)


async def _is_open(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@contextmanager
def _reserved_port() -> Iterator[int]:
    """Keep a port by a socket that does not listen, which a server may bind it beside."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind((_LOOPBACK, 0))
        yield holder.getsockname()[1]


def _to_address(host: str, port: int) -> str:
    """Return the address to open on this machine."""
    shown = _ANY.get(host, host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _hear_interruptions() -> asyncio.Event:
    """Return what Ctrl-C sets; from here on, it ends what is served in an orderly way."""
    loop, interrupted = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted.set)
    return interrupted


def _welcome(address: str, upstreams: Mapping[str, str], key: str) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_row("viewer", f"[bold]{address}/[/]")
    table.add_row("a key that may write", key)
    table.add_row("gallery", f"[bold]{address}/v1/gallery[/]")
    table.add_row("API", f"{address}/docs")
    for name, upstream in upstreams.items():
        table.add_row(f"{name} sandbox", f"{upstream}/_sandbox")
    failing = upstreams.get("piktid", next(iter(upstreams.values())))
    console = Console()
    console.print(Panel(table, title="gallery gateway, demo", expand=False))
    console.print(
        f"Try:  curl '{address}/v1/gallery?limit=2'\n"
        "To see a provider fail, and be back after a while:\n"
        f"  curl -d '{_FAULT}' {failing}/_sandbox/fail\n"
        "Ctrl-C ends it.",
        soft_wrap=True,
        highlight=False,
    )
