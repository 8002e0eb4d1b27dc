"""The OpenAPI document, and a page that shows it and loads nothing from elsewhere.

The page is Swagger UI, whose files the package `swagger-ui-py` carries.
"""

from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import msgspec
from litestar import get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import ASGIApp

from gateway.api.context import HttpRequest
from gateway.api.steady.steady import to_steady

_FILES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline';"
        " img-src 'self' data:; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
}
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gallery gateway</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
_START = (
    'SwaggerUIBundle({url: new URL("../openapi.json", document.currentScript.src).href, dom_id: "#page",'
    " validatorUrl: null, deepLinking: true});"
)


def to_handlers(document: dict[str, Any]) -> list[HTTPRouteHandler]:
    folder = Path(str(distribution("swagger-ui-py").locate_file("swagger_ui/static")))
    spelt = msgspec.json.encode(document)

    @get("/openapi.json", sync_to_thread=False)
    def show_document(request: HttpRequest) -> ASGIApp:
        return to_steady(request, spelt, "application/json")

    @get("/docs", sync_to_thread=False)
    def show_page(request: HttpRequest) -> ASGIApp:
        page = _PAGE
        # as it was spelt, which the framework forgets: what it names is beside it then
        if request.scope["raw_path"].partition(b"?")[0].endswith(b"/"):
            page = page.replace('"docs/', '"')
        return to_steady(request, page.encode(), "text/html", _HEADERS)

    @get("/docs/{name:str}", sync_to_thread=True)
    def show_file(request: HttpRequest, name: FromPath[str]) -> ASGIApp:
        if name == "start.js":
            return to_steady(request, _START.encode(), "text/javascript", _HEADERS)
        if name not in _FILES:
            raise NotFoundException
        content = (folder / name).read_bytes()
        return to_steady(request, content, _FILES[name], _HEADERS)

    return [show_document, show_page, show_file]
