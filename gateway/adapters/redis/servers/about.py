"""What a Redis tells of itself: its master, nodes, version and eviction policy."""

import asyncio
from collections.abc import Iterable
from typing import Any

from redis.exceptions import RedisError

from gateway.adapters.redis.servers.node import Node
from gateway.adapters.redis.servers.servers import Servers
from gateway.adapters.redis.waiting import wait
from gateway.ports.stores import SharedRedis
from gateway.settings.redis_address import RedisKind

_ASK_SECONDS = 1.0
_MOST_ASKED = 16


async def ask_about(servers: Servers, kind: RedisKind) -> SharedRedis:
    """Return what its user may know; INFO may be forbidden, and is no use but here.

    Raises:
        RedisError, OSError: the servers cannot be found.
    """
    masters = await servers.masters()
    asked = list(masters.values())[:_MOST_ASKED]
    infos = await asyncio.gather(*map(_ask, asked))
    return SharedRedis(
        kind=kind,
        masters=tuple(masters),
        nodes=len(masters) + (servers.replicas() or 0),
        version=_join(_to_version(info) for info in infos),
        eviction_policy=_join(info.get("maxmemory_policy") for info in infos),
    )


async def _ask(node: Node) -> dict[str, Any]:
    commands = (("INFO", "server"), ("INFO", "memory"))
    try:
        answers = await wait(node.execute(commands), _ASK_SECONDS)
    except (RedisError, OSError):
        return {}
    parts = [answer for answer in answers if isinstance(answer, dict)]
    return {key: value for part in parts for key, value in part.items()}


def _to_version(info: dict[str, Any]) -> str | None:
    if "valkey_version" in info:
        return f"Valkey {info['valkey_version']}"
    return f"Redis {info['redis_version']}" if "redis_version" in info else None


def _join(texts: Iterable[str | None]) -> str | None:
    """Return what all tell, or all that is told."""
    return ", ".join(sorted({one for one in texts if one})) or None
