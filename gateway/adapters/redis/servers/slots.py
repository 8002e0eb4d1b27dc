"""Which node of a cluster has which slot, and in which slot a command's key lies."""

from collections.abc import Sequence
from typing import Any

from redis.crc import key_slot

SLOTS = 16_384
_KEYLESS = frozenset({"PUBLISH", "PING", "INFO"})
_KEY_OF_EVAL = 3


class SlotMap:
    """The owner of each slot, by its place (host:port), as one node tells."""

    def __init__(self, answer: Sequence[Sequence[Any]], asked_host: str) -> None:
        """Read what `CLUSTER SLOTS` answers: ranges, each with its master and replicas.

        A node that does not know how it is reached is where it was asked.
        """
        self._owners: list[str | None] = [None] * SLOTS
        self.masters: dict[str, None] = {}
        self.replicas: set[str] = set()
        for first, last, master, *replicas in answer:
            place = _to_place(master, asked_host)
            self.masters[place] = None
            self._owners[first : last + 1] = [place] * (last + 1 - first)
            self.replicas |= {_to_place(replica, asked_host) for replica in replicas}

    def owner(self, slot: int) -> str | None:
        return self._owners[slot]

    def move(self, slot: int, place: str) -> None:
        """Take note of a slot's new owner."""
        self._owners[slot] = place
        self.masters.setdefault(place)

    @property
    def nodes(self) -> set[str]:
        return self.replicas | self.masters.keys()

    def spell_for_each(self, key: str) -> list[str]:
        """Return keys that begin so, one for each master that such a key may lie at."""
        found: dict[str | None, str] = {None: ""}
        wanted = set(self._owners) | {None}
        for spelt in (f"{key}:{number}" for number in range(SLOTS)):
            found.setdefault(self._owners[to_slot(spelt)], spelt)
            if found.keys() == wanted:
                break
        del found[None]
        return list(found.values())


def to_slot(key: str | bytes) -> int:
    return key_slot(key if isinstance(key, bytes) else key.encode())


def to_command_slot(command: Sequence[str | bytes | float]) -> int | None:
    """Return the slot of a command's first key; None: it has no key."""
    if command[0] in _KEYLESS:
        return None
    key = command[_KEY_OF_EVAL if command[0] == "EVAL" else 1]
    return to_slot(key if isinstance(key, str | bytes) else str(key))


def by_tag(keys: Sequence[str]) -> list[list[int]]:
    """Part keys, by their numbers, so that those of each part lie in one slot.

    That is the part in braces, which is read faster than the slot is computed.
    """
    parts: dict[str, list[int]] = {}
    for number, key in enumerate(keys):
        begin = key.find("{")
        end = key.find("}", begin + 1) if begin >= 0 else -1
        tag = key[begin : end + 1] if end > begin + 1 else key
        parts.setdefault(tag, []).append(number)
    return list(parts.values())


def _to_place(node: Sequence[Any], asked_host: str) -> str:
    host, port = node[0], node[1]
    name = host.decode("ascii", "replace") if host else asked_host
    return f"{name}:{port}"
