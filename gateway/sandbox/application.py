"""Puts a sandbox together: its own handlers, the control ones, the layers around."""

from collections.abc import Callable, Sequence
from datetime import datetime

from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from gateway.sandbox.bodies import Bodies
from gateway.sandbox.control.control import Control, Tokens, Upstream
from gateway.sandbox.control.rules import RuleBook
from gateway.sandbox.control.task_control import TaskControl, Tasks
from gateway.sandbox.control.traffic import Ledger, Traffic
from gateway.sandbox.cors import Cors
from gateway.sandbox.refusals import Refusal, Reword, answer_refusal, reworded
from gateway.sandbox.routes import Route, RouteTable


def assemble(  # noqa: PLR0913  each one is a part
    upstream: Upstream,
    *,
    tokens: Tokens,
    handlers: Sequence[HTTPRouteHandler],
    routes: Sequence[Route],
    reword: Reword,
    now: Callable[[], datetime],
    tasks: Tasks | None = None,
    inside: Callable[[ASGIApp, RouteTable], ASGIApp] | None = None,
) -> ASGIApp:
    """`inside` puts a layer of the upstream's own around its handlers."""
    rules, ledger, table = RuleBook(), Ledger(), RouteTable(routes)
    control = Control(upstream, tokens, rules=rules, ledger=ledger, now=now)
    of_tasks = TaskControl(tasks).handlers() if tasks is not None else ()
    app: ASGIApp = Litestar(
        [*handlers, *control.handlers(), *of_tasks],
        openapi_config=None,
        logging_config=None,
        exception_handlers={Refusal: answer_refusal, HTTPException: reworded(reword)},
    )
    if inside is not None:
        app = inside(app, table)
    return Bodies(Cors(Traffic(app, routes=table, rules=rules, ledger=ledger)))
