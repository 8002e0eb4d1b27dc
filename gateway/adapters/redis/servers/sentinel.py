"""A master that sentinels watch over: they tell which server it is, and when another."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Self

from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError

from gateway.adapters.redis.servers.node import Command, Node, end, raise_first
from gateway.adapters.redis.waiting import give_up, hear_most, join, take_note
from gateway.concurrency.tasks import begin_behind
from gateway.settings.redis_address import RedisAddress

_ASK_SECONDS = 0.5
_WATCH_SECONDS = 1.0


class MasterReport(Struct, frozen=True, kw_only=True):
    """What a sentinel tells of the master. A later fail-over has a higher epoch."""

    host: str
    port: int
    epoch: int
    is_down: bool
    replicas: int

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"


def to_report(answer: Sequence[bytes]) -> MasterReport:
    """Read what `SENTINEL MASTER` answers: names and values in turns."""
    words = [word.decode("utf-8", "replace") for word in answer]
    fields = dict(zip(words[::2], words[1::2], strict=False))
    flags = fields.get("flags", "").split(",")
    return MasterReport(
        host=fields["ip"],
        port=int(fields["port"]),
        epoch=int(fields.get("config-epoch", 0)),
        is_down="s_down" in flags or "o_down" in flags,
        replicas=int(fields.get("num-slaves", 0)),
    )


def choose(answers: Iterable[MasterReport]) -> MasterReport:
    """Choose the latest word: a sentinel that was cut off tells of a former master."""
    return max(answers, key=lambda one: (one.epoch, not one.is_down))


class Sentinels:
    """The master's server, found by asking all sentinels, and again each second."""

    def __init__(self, address: RedisAddress, ca_file: str) -> None:
        self._address = address
        self._ca_file = ca_file
        self._sentinels = {url: Node(url, ca_file) for url in address.servers}
        self._left: list[Node] = []
        self._report: MasterReport | None = None
        self._node: Node | None = None
        self._finding: asyncio.Task[Node] | None = None

    @property
    def is_found(self) -> bool:
        return self._node is not None

    async def find(self) -> None:
        await self._master()

    async def execute(self, commands: Sequence[Command]) -> list[Any]:
        node = self._node or await self._master()
        return await node.execute(commands)

    def is_silent(self, commands: Sequence[Command], since: float) -> bool:  # noqa: ARG002  # all go there
        return self._node is not None and self._node.is_silent(since)

    async def listener(self) -> Redis:
        return (await self._master()).client

    async def masters(self) -> dict[str, Node]:
        node = await self._master()
        return {self._report.place if self._report else "": node}

    async def try_out(self, key: str) -> None:
        raise_first(await self.execute([("SET", key, "", "PX", 1000)]))

    async def watch(self) -> str:
        await self.find()
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            try:
                answer = await self._ask_all()
            except (RedisError, OSError):
                continue  # the master does without them
            if self._report is None or answer.epoch < self._report.epoch:
                continue  # it was cut off from the others
            if answer.place != self._report.place:
                return "another server is the master"
            self._report = answer

    def replicas(self) -> int | None:
        return self._report.replicas if self._report else None

    def again(self) -> Self:
        return type(self)(self._address, self._ca_file)

    async def aclose(self) -> None:
        if self._finding is not None:
            await give_up(self._finding)
        masters = [self._node] if self._node else []
        await end(*self._sentinels.values(), *self._left, *masters)

    async def _master(self) -> Node:
        """Return the master; all who want it wait for one search."""
        if self._node is not None:
            return self._node
        if self._finding is None or self._finding.done():
            self._finding = begin_behind(self._find())
            self._finding.add_done_callback(take_note)
        return await join(self._finding)

    async def _find(self) -> Node:
        answer = self._report = await self._ask_all()
        url = self._address.at(answer.host, answer.port)
        self._node = Node(url, self._ca_file)
        return self._node

    async def _ask_all(self) -> MasterReport:
        asked = [self._ask(url) for url in self._address.servers]
        return choose(await hear_most(asked, _ASK_SECONDS))

    async def _ask(self, url: str) -> MasterReport:
        """Ask a sentinel; one that knows no such user, or none at all, without it."""
        command = ("SENTINEL", "MASTER", self._address.service)
        try:
            (answer,) = await self._sentinels[url].execute([command])
        except AuthenticationError:
            plain = url.replace(self._address.login, "", 1)
            if plain == url:
                raise
            self._left.append(self._sentinels[url])
            self._sentinels[url] = Node(plain, self._ca_file)
            (answer,) = await self._sentinels[url].execute([command])
        raise_first([answer])
        return to_report(answer)
