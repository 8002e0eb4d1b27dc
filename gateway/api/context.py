"""What all layers know of a request, from the outermost to its route."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from litestar import Request
from litestar.datastructures import State
from msgspec import Struct

from gateway.api.caller import Caller

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]
HttpRequest = Request[object, object, State]


class RequestContext(Struct, kw_only=True):
    """A request by its id; `headers` are its own, those that came twice joined by commas.

    `public_path` is what the paths that callers see begin with. `caller` is who calls,
    once that is known; `answer_headers` are added to whatever is answered.
    """

    request_id: str
    headers: Mapping[str, str]
    is_head: bool = False
    public_path: str = ""
    caller: Caller | None = None
    answer_headers: Headers = ()


def context_of(scope: Mapping[str, Any]) -> RequestContext:
    """Return the context of a request, by its ASGI scope."""
    context: RequestContext = scope["state"]["context"]
    return context


def headers_of(request: HttpRequest) -> Mapping[str, str]:
    """Return a request's headers as every layer reads them, names in lower case."""
    return context_of(request.scope).headers
