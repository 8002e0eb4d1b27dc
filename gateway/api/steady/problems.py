"""Pages that say what a problem means and what to do."""

import html

from litestar import Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import ASGIApp

from gateway.api.context import HttpRequest
from gateway.api.problems.catalogue import KINDS
from gateway.api.steady.steady import to_steady

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<h1>{title}</h1>
<p>Problem <code>{code}</code>, HTTP status {status}.</p>
<p>{remedy}</p>
</html>
"""


@get("/{code:str}", sync_to_thread=False)
def explain(request: HttpRequest, code: FromPath[str]) -> ASGIApp:
    """Say what an error means and what to do."""
    kind = KINDS.get(code)
    if kind is None:
        raise NotFoundException
    page = _PAGE.format(
        code=html.escape(code),
        title=html.escape(kind.title),
        status=kind.status,
        remedy=html.escape(kind.remedy),
    )
    return to_steady(request, page.encode(), "text/html")


ROUTER = Router("/problems", route_handlers=[explain])
