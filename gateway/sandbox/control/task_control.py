"""The endpoints under `/_sandbox/tasks`, for an upstream that is given tasks."""

from collections.abc import Collection
from typing import Final, Protocol

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from gateway.sandbox.control.messages import Call, read_body, reply
from gateway.sandbox.control.traffic import CONTROL_PATH

_PATH: Final = f"{CONTROL_PATH}/tasks"


class Tasks(Protocol):
    """All users' tasks; where ids are wanted, None means every one."""

    def ids(self) -> list[str]:
        """Those that are remembered, oldest first."""

    def hold(self) -> None:
        """Let none begin and none end until `release`."""

    def release(self) -> None: ...

    def finish(self, ids: Collection[str] | None = None) -> int:
        """Complete what is still to do, also while it is held; returns how many."""

    def forget(self, ids: Collection[str] | None = None) -> int:
        """Drop their state as a restart does; returns how many there were."""

    def withhold(self) -> None:
        """List no file of a task that is not done yet, until `publish`."""

    def publish(self) -> int:
        """List what was withheld; returns how many tasks made it."""


class Choice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ids: list[str] | None = None


class TaskControl:
    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    def handlers(self) -> list[HTTPRouteHandler]:
        return [
            get(_PATH)(self.show),
            post(f"{_PATH}/hold", status_code=200)(self.hold),
            post(f"{_PATH}/release", status_code=200)(self.release),
            post(f"{_PATH}/finish", status_code=200)(self.finish),
            post(f"{_PATH}/forget", status_code=200)(self.forget),
            post(f"{_PATH}/withhold", status_code=200)(self.withhold),
            post(f"{_PATH}/publish", status_code=200)(self.publish),
        ]

    async def show(self) -> Response[bytes]:
        return reply({"ids": self._tasks.ids()})

    async def hold(self) -> Response[bytes]:
        self._tasks.hold()
        return reply({})

    async def release(self) -> Response[bytes]:
        self._tasks.release()
        return reply({})

    async def finish(self, request: Call) -> Response[bytes]:
        choice = await read_body(request, Choice)
        return reply({"finished": self._tasks.finish(choice.ids)})

    async def forget(self, request: Call) -> Response[bytes]:
        choice = await read_body(request, Choice)
        return reply({"forgotten": self._tasks.forget(choice.ids)})

    async def withhold(self) -> Response[bytes]:
        self._tasks.withhold()
        return reply({})

    async def publish(self) -> Response[bytes]:
        return reply({"published": self._tasks.publish()})
