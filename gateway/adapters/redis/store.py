"""A store in Redis."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from redis.exceptions import TryAgainError

from gateway.adapters.redis.connection import Connection
from gateway.adapters.redis.refusals import Refusals
from gateway.adapters.redis.servers.node import Command
from gateway.adapters.redis.servers.slots import by_tag
from gateway.coordination.keys import CHECK
from gateway.plugin.errors import StoreError
from gateway.ports.stores import Claim

# What lasts for ever, or for longer than a claim does, is no claim.
_CLAIMING = """
local function claim(key, value, keep)
  if redis.call('SET', key, value, 'NX', 'PX', keep) then return 1 end
  local left = redis.call('PTTL', key)
  if left >= 0 and left <= tonumber(keep) then return 0 end
  redis.call('SET', key, value, 'PX', keep)
  return 1
end
"""
_CLAIM = f"{_CLAIMING} return claim(KEYS[1], ARGV[1], ARGV[2])"
_GET_OR_CLAIM = f"""{_CLAIMING}
local kept = false
if redis.call('TYPE', KEYS[1]).ok == 'string' then
  kept = redis.call('GET', KEYS[1])
  if redis.call('PTTL', KEYS[1]) >= tonumber(ARGV[3]) then return {{kept, -1}} end
end
return {{kept, claim(KEYS[2], ARGV[1], ARGV[2])}}
"""
# What lasts for ever, or is no text, was not put here.
_PUT_NEW = """
local is_text = redis.call('TYPE', KEYS[1]).ok == 'string'
if not is_text or redis.call('PTTL', KEYS[1]) == -1 then redis.call('DEL', KEYS[1]) end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return 0
"""
_EXTEND = """
if redis.call('TYPE', KEYS[1]).ok ~= 'string' then return 0 end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
_DELETE = """
if redis.call('TYPE', KEYS[1]).ok ~= 'string' then return 0 end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""
_GET_OR_SET = """
if redis.call('TYPE', KEYS[1]).ok ~= 'string' then redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], ARGV[1], 'NX')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('GET', KEYS[1])
"""
_PUT_MANY = """
for i, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[i + 1], 'PX', ARGV[1])
end
"""
_ADD = """
local kept = redis.call('TYPE', KEYS[1]).ok == 'string' and redis.call('GET', KEYS[1])
if not kept or not tonumber(kept) then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return tonumber(ARGV[1])
end
return redis.call('INCRBY', KEYS[1], ARGV[1])
"""


class RedisStore:
    """Keeps values under the link's prefix; foreign types there count as nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, key: str) -> bytes | None:
        """Return a value; unlike GET, MGET takes one of a foreign type for none."""
        found = await self._connection.ask("MGET", self._spell(key))
        return cast("list[bytes | None]", found)[0]

    async def put(self, key: str, value: bytes, *, keep_seconds: float) -> None:
        keep = _to_milliseconds(keep_seconds)
        if keep <= 0:
            await self.delete(key)
            return
        await self._connection.ask("SET", self._spell(key), value, "PX", keep)

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        spelt = [*map(self._spell, keys)]
        parts = by_tag(spelt)
        asked: list[Command] = [("MGET", *(spelt[n] for n in part)) for part in parts]
        answers = await self._ask_parts(asked, parts, lambda n: ("GET", spelt[n]))
        found: list[bytes | None] = [None] * len(spelt)
        for part, answer in zip(parts, answers, strict=True):
            for number, value in zip(part, answer, strict=True):
                found[number] = value
        return found

    async def put_many(
        self, values: Mapping[str, bytes], *, keep_seconds: float
    ) -> None:
        keep = _to_milliseconds(keep_seconds)
        if keep <= 0:
            return
        spelt, kept = [*map(self._spell, values)], [*values.values()]
        parts = by_tag(spelt)
        asked: list[Command] = []
        for part in parts:
            arguments: Command = (keep, *(kept[n] for n in part))
            names = (spelt[n] for n in part)
            asked.append(("EVAL", _PUT_MANY, len(part), *names, *arguments))
        await self._ask_parts(
            asked, parts, lambda n: ("SET", spelt[n], kept[n], "PX", keep)
        )

    async def delete(self, key: str) -> None:
        await self._connection.ask("DEL", self._spell(key))

    async def claim(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        return bool(await self._run(_CLAIM, key, value, keep_seconds))

    async def get_or_claim(
        self, key: str, claim: Claim, *, least_seconds: float
    ) -> tuple[bytes | None, bool | None]:
        names = (self._spell(key), self._spell(claim.key))
        times = _to_milliseconds(claim.keep_seconds), _to_milliseconds(least_seconds)
        command = ("EVAL", _GET_OR_CLAIM, 2, *names, claim.value, *times)
        try:
            kept, is_claimed = await self._connection.ask(*command)
        except StoreError as error:
            if not isinstance(error.__cause__, TryAgainError):
                raise
            keep = claim.keep_seconds  # first: what was put before is found then
            is_ours = await self.claim(claim.key, claim.value, keep_seconds=keep)
            return await self.get(key), is_ours
        return kept, None if is_claimed == -1 else bool(is_claimed)

    async def put_new(self, key: str, value: bytes, *, keep_seconds: float) -> bool:
        return bool(await self._run(_PUT_NEW, key, value, keep_seconds))

    async def extend_if_equal(
        self, key: str, value: bytes, *, keep_seconds: float
    ) -> bool:
        return bool(await self._run(_EXTEND, key, value, keep_seconds))

    async def delete_if_equal(self, key: str, value: bytes) -> None:
        await self._connection.ask("EVAL", _DELETE, 1, self._spell(key), value)

    async def get_or_set(self, key: str, value: bytes, *, keep_seconds: float) -> bytes:
        return cast("bytes", await self._run(_GET_OR_SET, key, value, keep_seconds))

    async def add(self, key: str, amount: int, *, keep_seconds: float) -> int:
        return int(await self._run(_ADD, key, amount, keep_seconds))

    async def ping(self) -> None:
        await self._connection.ask("PING")

    async def try_out(self) -> None:
        """Use each kind of command once, so that a right that is missing shows.

        Raises:
            StoreError: one cannot be used.
        """
        key, value, moment = CHECK, b"1", 1.0
        await self.put_many({key: value}, keep_seconds=moment)
        await self.get_many([key])
        await self.get(key)
        await self.claim(key, value, keep_seconds=moment)
        await self.extend_if_equal(key, value, keep_seconds=moment)
        await self.delete(key)

    @property
    def refusals(self) -> Refusals:
        return self._connection.refusals

    async def close(self) -> None:
        await self._connection.close()

    async def _ask_parts(
        self,
        asked: Sequence[Command],
        parts: Sequence[Sequence[int]],
        to_single: Callable[[int], Command],
    ) -> list[Any]:
        """Send a command for each part; for each key while its slot is being moved."""
        if not asked:
            return []
        try:
            return await self._connection.ask_many(asked)
        except StoreError as error:
            if not isinstance(error.__cause__, TryAgainError):
                raise
        return [
            await self._connection.ask_many([to_single(number) for number in part])
            for part in parts
        ]

    async def _run(
        self, script: str, key: str, value: bytes | int, keep_seconds: float
    ) -> bytes | int:
        keep = _to_milliseconds(keep_seconds)
        spelt = self._spell(key)
        answer: bytes | int = await self._connection.ask(
            "EVAL", script, 1, spelt, value, keep
        )
        return answer

    def _spell(self, key: str) -> str:
        return self._connection.prefix + key


def _to_milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
