"""The endpoints under `/_sandbox`; the package's docstring describes them."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Annotated, Protocol

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct

from gateway.sandbox.catalogue import times_from
from gateway.sandbox.control.messages import Call, read_body, reply
from gateway.sandbox.control.rules import Delay, Fault, RuleBook
from gateway.sandbox.control.traffic import CONTROL_PATH, Ledger
from gateway.sandbox.routes import CallKind


class Upstream(Protocol):
    """The items of a sandbox, as the control endpoints see them."""

    def ids(self) -> list[str]:
        """The demo account's well-formed items, newest first."""

    def newest(self) -> datetime | None: ...

    def add(self, times: Sequence[datetime]) -> list[str]:
        """Add an item for each time (oldest first) at the top of the list."""

    def add_malformed(self, times: Sequence[datetime]) -> list[str]:
        """Add entries that cannot be read; their ids serve to delete them."""

    def delete(self, ids: Collection[str]) -> int: ...

    def finish(self) -> int:
        """Complete all that is still at work; returns how many."""


class Tokens(Protocol):
    def void(self) -> None:
        """Void every token that was handed out or configured."""

    def restore(self) -> None:
        """Make a configured token valid again; what else was held goes on."""


class NewItems(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    count: Annotated[int, Meta(ge=1, le=10_000)] = 1
    time: Annotated[datetime, Meta(tz=True)] | None = None
    malformed: bool = False


class Chosen(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ids: list[str]


class Control:
    def __init__(
        self,
        upstream: Upstream,
        tokens: Tokens,
        *,
        rules: RuleBook,
        ledger: Ledger,
        now: Callable[[], datetime],
    ) -> None:
        self._upstream = upstream
        self._tokens = tokens
        self._rules = rules
        self._ledger = ledger
        self._now = now

    def handlers(self) -> list[HTTPRouteHandler]:
        return [
            get(CONTROL_PATH)(self.show),
            get(f"{CONTROL_PATH}/calls")(self.show_calls),
            get(f"{CONTROL_PATH}/items")(self.show_items),
            post(f"{CONTROL_PATH}/items", status_code=200)(self.add_items),
            post(f"{CONTROL_PATH}/delete", status_code=200)(self.delete_items),
            post(f"{CONTROL_PATH}/finish", status_code=200)(self.finish),
            post(f"{CONTROL_PATH}/delay", status_code=200)(self.add_delay),
            post(f"{CONTROL_PATH}/fail", status_code=200)(self.add_fault),
            post(f"{CONTROL_PATH}/void", status_code=200)(self.void),
            post(f"{CONTROL_PATH}/reset", status_code=200)(self.reset),
        ]

    async def show(self) -> Response[bytes]:
        ledger = self._ledger
        return reply(
            {
                "items": len(self._upstream.ids()),
                "calls": dict(ledger.calls),
                "list_calls": ledger.kinds[CallKind.LIST],
                "logins": ledger.kinds[CallKind.LOGIN],
            }
        )

    async def show_calls(self) -> Response[bytes]:
        return reply({"calls": list(self._ledger.latest)})

    async def show_items(self) -> Response[bytes]:
        return reply({"ids": self._upstream.ids()})

    async def add_items(self, request: Call) -> Response[bytes]:
        wanted = await read_body(request, NewItems)
        moment = wanted.time or self._now()
        times = times_from(moment, self._upstream.newest(), wanted.count)
        if wanted.malformed:
            return reply({"ids": self._upstream.add_malformed(times)})
        return reply({"ids": self._upstream.add(times)})

    async def delete_items(self, request: Call) -> Response[bytes]:
        chosen = await read_body(request, Chosen)
        return reply({"deleted": self._upstream.delete(set(chosen.ids))})

    async def finish(self) -> Response[bytes]:
        return reply({"finished": self._upstream.finish()})

    async def add_delay(self, request: Call) -> Response[bytes]:
        self._rules.add_delay(await read_body(request, Delay))
        return reply({})

    async def add_fault(self, request: Call) -> Response[bytes]:
        self._rules.add_fault(await read_body(request, Fault))
        return reply({})

    async def void(self) -> Response[bytes]:
        self._tokens.void()
        return reply({})

    async def reset(self) -> Response[bytes]:
        self._rules.clear()
        self._ledger.clear()
        self._tokens.restore()
        return reply({})
