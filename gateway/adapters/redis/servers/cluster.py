"""A Redis Cluster: each command to the node that has its slot, and on where it moved.

redis-py has such a client, which is not used. It sends ASKING on one connection and the
command on another, so that a slot being moved cannot be used while others use it, too;
it loads a table of all commands, closes everybody's connections, and sleeps, within the
time of one request.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence, Set as AbstractSet
from typing import Any, Self

from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import (
    AskError,
    ClusterDownError,
    ConnectionError as RedisConnectionError,
    MovedError,
)

from gateway.adapters.redis.servers.node import (
    Command,
    LeftError,
    Node,
    end,
    raise_first,
)
from gateway.adapters.redis.servers.slots import SlotMap, to_command_slot
from gateway.adapters.redis.waiting import give_up, hear_most, join, take_note, wait
from gateway.concurrency.tasks import begin_behind
from gateway.settings.redis_address import RedisAddress

_ASK_SECONDS = 0.5
_MOST_HOPS = 5
_WATCH_SECONDS = 1.0
_REFRESH_TURNS = 10
_ANSWER_SECONDS = 1.0
_MOST_PINGED = 16
_ASKING: Command = ("ASKING",)


class UnsettledError(RedisConnectionError):
    """The cluster does not know, for now, who has a slot."""


class View(Struct, frozen=True, kw_only=True):
    """What a node tells of its cluster: of several, the latest epoch is right."""

    slots: SlotMap
    epoch: int
    is_well: bool


class Cluster:
    """The nodes, found by asking those of the address, and those that they tell of."""

    def __init__(
        self, address: RedisAddress, ca_file: str, known: Sequence[str] = ()
    ) -> None:
        self._address = address
        self._ca_file = ca_file
        self._known = tuple(known)
        self._nodes: dict[str, Node] = {}
        self._slots: SlotMap | None = None
        self._listening = ""
        self._is_outdated = False
        self._is_closed = False
        self._finding: asyncio.Task[SlotMap] | None = None

    @property
    def is_found(self) -> bool:
        return self._slots is not None

    async def find(self) -> None:
        await self._map()

    async def execute(self, commands: Sequence[Command]) -> list[Any]:
        slots = self._slots or await self._map()
        answers: list[Any] = [None] * len(commands)
        places = {n: self._to_place(slots, one) for n, one in enumerate(commands)}
        asking: set[int] = set()
        for _ in range(_MOST_HOPS):
            await self._execute_at_all(commands, places, asking, answers)
            places, asking = self._redirect(slots, places, answers)
            if not places:
                return answers
        raise UnsettledError

    def is_silent(self, commands: Sequence[Command], since: float) -> bool:
        slots = self._slots
        if slots is None:
            return False
        places = {self._to_place(slots, command) for command in commands}
        return any(self._node(place).is_silent(since) for place in places)

    async def listener(self) -> Redis:
        await self._map()
        return self._node(self._listening).client

    async def masters(self) -> dict[str, Node]:
        slots = await self._map()
        return {place: self._node(place) for place in slots.masters}

    async def try_out(self, key: str) -> None:
        keys = (await self._map()).spell_for_each(key)
        raise_first(await self.execute([("SET", one, "", "PX", 1000) for one in keys]))

    async def watch(self) -> str:
        await self._map()
        turn = 0
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            turn += 1
            here = self._listening
            view = await wait(self._look(self._node(here), here), _ANSWER_SECONDS)
            await wait(self._ping_some(), _ANSWER_SECONDS)
            if not view.is_well:
                return ClusterDownError.__name__
            if here not in view.slots.nodes:
                return "its node has left the cluster"
            if self._is_outdated or turn % _REFRESH_TURNS == 0:
                self._slots, self._is_outdated = view.slots, False
                await self._leave(self._nodes.keys() - view.slots.nodes)

    async def _leave(self, places: AbstractSet[str]) -> None:
        """Close the connections to what is no node any more."""
        await end(*(self._nodes.pop(place) for place in tuple(places)))

    async def _ping_some(self) -> None:
        """See whether masters answer, though nobody has asked for what they have."""
        masters = list((await self.masters()).values())
        some = random.sample(masters, min(_MOST_PINGED, len(masters)))
        await asyncio.gather(*(node.execute([("PING",)]) for node in some))

    def replicas(self) -> int | None:
        return len(self._slots.replicas) if self._slots else None

    def again(self) -> Self:
        nodes = self._slots.nodes if self._slots else ()
        return type(self)(self._address, self._ca_file, (*nodes, *self._known)[:16])

    async def aclose(self) -> None:
        self._is_closed = True
        if self._finding is not None:
            await give_up(self._finding)
        await end(*self._nodes.values())

    async def _map(self) -> SlotMap:
        """Return who has which slot; all who want to know wait for one search."""
        if self._slots is not None:
            return self._slots
        if self._is_closed:
            raise LeftError
        if self._finding is None or self._finding.done():
            self._finding = begin_behind(self._find())
            self._finding.add_done_callback(take_note)
        return await join(self._finding)

    async def _find(self) -> SlotMap:
        """Ask the address's nodes, and those known from before."""
        named = {
            url.rpartition("@")[2].rpartition("//")[2]: url
            for url in self._address.servers
        }
        asked = [
            self._look(self._node(place), place) for place in dict.fromkeys(self._known)
        ]
        for place, url in named.items():
            node = self._nodes.setdefault(place, Node(url, self._ca_file))
            asked.append(self._look(node, place))
        views = await hear_most(asked, _ASK_SECONDS)
        view = max(views, key=lambda one: (one.is_well, one.epoch))
        if not view.is_well:
            raise UnsettledError
        self._listening = random.choice(list(view.slots.masters))  # noqa: S311  # to spread them
        self._slots = view.slots
        return view.slots

    async def _look(self, node: Node, place: str) -> View:
        answers = await node.execute((("CLUSTER", "INFO"), ("CLUSTER", "SLOTS")))
        raise_first(answers)
        info, slots = answers
        lines = dict(line.split(b":", 1) for line in info.split() if b":" in line)
        return View(
            slots=SlotMap(slots, place.rpartition(":")[0]),
            epoch=int(lines.get(b"cluster_current_epoch", 0)),
            is_well=lines.get(b"cluster_state") == b"ok" and bool(slots),
        )

    def _node(self, place: str) -> Node:
        node = self._nodes.get(place)
        if node is None:
            if self._is_closed:
                raise LeftError
            host, _, port = place.rpartition(":")
            url = self._address.at(host, int(port))
            node = self._nodes[place] = Node(url, self._ca_file)
        return node

    def _to_place(self, slots: SlotMap, command: Command) -> str:
        slot = to_command_slot(command)
        place = self._listening if slot is None else slots.owner(slot)
        if place is None:
            raise UnsettledError
        return place

    async def _execute_at_all(
        self,
        commands: Sequence[Command],
        places: dict[int, str],
        asking: set[int],
        answers: list[Any],
    ) -> None:
        """Send each command to its place, those for one place together."""
        parts: defaultdict[str, list[int]] = defaultdict(list)
        for number, place in places.items():
            parts[place].append(number)

        async def execute(place: str, numbers: list[int]) -> None:
            sent: list[Command] = []
            for number in numbers:
                sent += (
                    [_ASKING, commands[number]]
                    if number in asking
                    else [commands[number]]
                )
            replies = iter(await self._node(place).execute(sent))
            for number in numbers:
                if number in asking:
                    next(replies)
                answers[number] = next(replies)

        await asyncio.gather(*(execute(*part) for part in parts.items()))

    def _redirect(
        self, slots: SlotMap, places: dict[int, str], answers: list[Any]
    ) -> tuple[dict[int, str], set[int]]:
        """Return where commands go next that were sent on, and which must say so."""
        onward: dict[int, str] = {}
        asking: set[int] = set()
        for number, place in places.items():
            answer = answers[number]
            if isinstance(answer, ClusterDownError):
                raise UnsettledError from answer
            if isinstance(answer, AskError):  # MOVED is one, too
                onward[number] = (
                    f"{answer.host or place.rpartition(':')[0]}:{answer.port}"
                )
                if isinstance(answer, MovedError):
                    slots.move(answer.slot_id, onward[number])
                    self._is_outdated = True
                else:
                    asking.add(number)
        return onward, asking
