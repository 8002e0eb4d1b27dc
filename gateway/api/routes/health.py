"""Whether the process answers, and whether it is ready for callers."""

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from gateway.accounts.health import Health, HealthState
from gateway.ports.stores import SharedRedis, StoreState
from gateway.settings.redis_address import RedisKind


class Liveness(Struct, frozen=True, kw_only=True):
    """That the process answers."""

    status: Literal["ok"] = "ok"


class RedisSummary(Struct, frozen=True, kw_only=True):
    """What Redis tells of itself; where it is, is nobody's business here."""

    kind: RedisKind
    nodes: int
    version: str | None
    eviction_policy: str | None


class Readiness(Struct, frozen=True, kw_only=True):
    """`store` tells of Redis; it and the providers being away is no unreadiness.

    `refused`: it is there, but refuses what is asked of it, as the log tells.
    """

    status: Literal["ok"] = "ok"
    store: StoreState
    redis: RedisSummary | None
    providers: dict[str, HealthState]


def to_handlers(
    names: tuple[str, ...],
    health: Health,
    probe_store: Callable[[], Awaitable[StoreState]],
    describe_redis: Callable[[], SharedRedis | None],
) -> list[HTTPRouteHandler]:
    @get("/health/live")
    async def live() -> Response[bytes]:
        return _respond(Liveness())

    @get("/health/ready")
    async def ready() -> Response[bytes]:
        providers = {name: health.state(name) for name in names}
        store, redis = await probe_store(), describe_redis()
        summary = None if redis is None else _to_summary(redis)
        return _respond(Readiness(store=store, redis=summary, providers=providers))

    return [live, ready]


def _to_summary(redis: SharedRedis) -> RedisSummary:
    return RedisSummary(
        kind=redis.kind,
        nodes=redis.nodes,
        version=redis.version,
        eviction_policy=redis.eviction_policy,
    )


def _respond(content: Struct) -> Response[bytes]:
    return Response(
        msgspec.json.encode(content),
        media_type=MediaType.JSON,
        headers={"cache-control": "no-store"},
    )
