"""Processor time of one upstream page of 24: decoded, mapped, its links sealed, encoded."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from gateway.adapters.clock import SystemClock
from gateway.adapters.http.upstream import ResponseLimits, Upstream
from gateway.adapters.plugins import find_plugins
from gateway.api.caller import READ, Caller
from gateway.api.views.view import to_view
from gateway.bootstrap import Gateway, build
from gateway.plugin.provider import Entry, HttpAnswer, HttpCall, Provider
from gateway.plugin.query import Query
from gateway.settings import load
from tests.benchmarks import configuration, stand
from tests.benchmarks.handler import HandlerTime, measure_handler
from tests.benchmarks.outcome import Outcome

ITEMS = 24
ROUNDS = 200
BOUND = 150.0
"""In handler times, for each provider."""
_TOKENS = {"piktid": "demo"}


class Replaying:
    """Calls an upstream once for each call, and gives the same answer ever after."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._answers: dict[bytes, HttpAnswer] = {}

    async def send(self, call: HttpCall) -> HttpAnswer:
        key = msgspec.msgpack.encode(call)
        if key not in self._answers:
            self._answers[key] = await self._upstream.send(call)
        return self._answers[key]


def measure(folder: Path) -> list[Outcome]:
    addresses, outcomes = {}, []
    for name in stand.PROVIDERS:
        with stand.sandbox(name, 240) as sandbox:
            addresses = {name: sandbox.address}
            config = configuration.write(folder, addresses, cache="fresh_seconds = 60")
            gateway = build(load(config, find_plugins(), {}))
            seconds, body = asyncio.run(_time(name, sandbox.address, gateway))
        handler = measure_handler(folder, body)
        outcomes.append(_to_outcome(name, seconds * 1_000, handler))
    return outcomes


def _to_outcome(name: str, milliseconds: float, handler: HandlerTime) -> Outcome:
    line = f"a page of {ITEMS} of {name}: {handler.tell(milliseconds)}"
    return Outcome(line, handler.count(milliseconds), BOUND)


async def _time(name: str, address: str, gateway: Gateway) -> tuple[float, bytes]:
    """Return the processor's seconds for a page, and the answer's bytes."""
    plugin = find_plugins()[name]
    limits = ResponseLimits(timeout_seconds=5.0, max_concurrency=4)
    base = f"{address}/api" if name == "hyper3d" else address
    upstream = Upstream(base, limits, SystemClock())
    provider = plugin.create(name, plugin.settings(), Replaying(upstream))
    tenant = gateway.tenants[0]
    token = await provider.login(tenant.accounts[name].credential)
    caller = Caller(tenant=tenant, scopes=frozenset({READ}))
    encode = _to_encoder(gateway, caller)
    body = encode(await _read(provider, plugin.filters(), token))
    begun = time.process_time()
    for _ in range(ROUNDS):
        encode(await _read(provider, plugin.filters(), token))
    taken = (time.process_time() - begun) / ROUNDS
    await upstream.aclose()
    return taken, body


async def _read(provider: Provider, filters: Any, token: str) -> list[Entry]:
    listing = provider.listing(Query(), filters)
    page = await provider.read(token, listing, listing.paging.first)
    return list(page.entries)[:ITEMS]


def _to_encoder(gateway: Gateway, caller: Caller) -> Callable[[list[Entry]], bytes]:
    linker = gateway.services.links.to_linker(caller, 1_700_000_000.0)
    show = to_view(4, has_native=False, may_write=False, linker=linker)

    def encode(entries: list[Entry]) -> bytes:
        return msgspec.json.encode([show(entry) for entry in entries if entry.item])

    return encode
