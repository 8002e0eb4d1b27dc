"""One Redis, of however many servers: what is asked of each kind, and the plain one."""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol, Self

from redis.asyncio import Redis

from gateway.adapters.redis.servers.node import Command, Node, end, raise_first
from gateway.settings.redis_address import RedisAddress


class Servers(Protocol):
    """Where commands go. Once they have failed, others are made in their place.

    Raises (each method, as redis-py does):
        RedisError, OSError: it cannot be done.
    """

    @property
    def is_found(self) -> bool:
        """Return whether it is known which servers to ask."""
        ...

    async def find(self) -> None:
        """Find out which servers to ask; `execute` does so by itself, too."""
        ...

    async def execute(self, commands: Sequence[Command]) -> list[Any]:
        """Send them side by side; give each one's answer, or the error that it is."""
        ...

    def is_silent(self, commands: Sequence[Command], since: float) -> bool:
        """Return whether a server that these go to has answered nobody."""
        ...

    async def listener(self) -> Redis:
        """Return a client of the server at which news are heard."""
        ...

    async def masters(self) -> dict[str, Node]:
        """Return the servers that are written to, by their places."""
        ...

    async def try_out(self, key: str) -> None:
        """Write at each master, under `key` or what begins with it."""
        ...

    async def watch(self) -> str:
        """Wait until these servers are no longer the right ones; say why."""
        ...

    def replicas(self) -> int | None:
        """Return how many servers follow the masters, as far as anybody told."""
        ...

    def again(self) -> Self:
        """Return the same, with new connections to whatever is found then."""
        ...

    async def aclose(self) -> None: ...


class Single:
    """One server, or an endpoint that stands for many."""

    is_found = True

    def __init__(self, address: RedisAddress, ca_file: str) -> None:
        self._address = address
        self._ca_file = ca_file
        self._place = address.shown.partition("://")[2].partition("/")[0]
        self._node = Node(address.servers[0], ca_file)

    async def find(self) -> None:
        """It is known."""

    async def execute(self, commands: Sequence[Command]) -> list[Any]:
        return await self._node.execute(commands)

    def is_silent(self, commands: Sequence[Command], since: float) -> bool:  # noqa: ARG002  # all go there
        return self._node.is_silent(since)

    async def listener(self) -> Redis:
        return self._node.client

    async def masters(self) -> dict[str, Node]:
        return {self._place: self._node}

    async def try_out(self, key: str) -> None:
        raise_first(await self._node.execute([("SET", key, "", "PX", 1000)]))

    async def watch(self) -> str:
        await asyncio.Event().wait()  # it is what it is
        return ""

    def replicas(self) -> int | None:
        return None

    def again(self) -> Self:
        return type(self)(self._address, self._ca_file)

    async def aclose(self) -> None:
        await end(self._node)
