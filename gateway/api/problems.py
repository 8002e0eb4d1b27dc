"""Errors as RFC 9457 problems: the only place where HTTP statuses are chosen."""

import html
import math
from collections.abc import Mapping
from typing import Any, cast

import msgspec
import structlog
from litestar import MediaType, Response, Router, get
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath
from litestar.types import ExceptionHandlersMap
from msgspec import Struct

from gateway.api.auth import HttpRequest
from gateway.core.errors import (
    CallerError,
    ExpiredCursorError,
    ExpiredLinkError,
    ForbiddenError,
    ForgedLinkError,
    GatewayError,
    InvalidCursorError,
    InvalidParameterError,
    NotFoundError,
    NothingAnsweredError,
    RangeNotSatisfiableError,
    UnauthenticatedError,
    UnsupportedByProviderError,
    UnsupportedMediaError,
    UpstreamError,
)

log = structlog.get_logger()


class ProblemKind(Struct, frozen=True):
    """What a code means, and what to do about it."""

    status: int
    title: str
    remedy: str


KINDS: Mapping[str, ProblemKind] = {
    "invalid-parameter": ProblemKind(
        400,
        "A parameter is not valid",
        "Mend the parameters that `errors` names; the OpenAPI document lists them all.",
    ),
    "invalid-cursor": ProblemKind(
        400,
        "The cursor is not valid here",
        "Send `next_cursor` as it came, with the same filters and the same key's"
        " tenant; else start the crawl anew, without a cursor.",
    ),
    "expired-cursor": ProblemKind(
        410, "The cursor is no longer valid", "Start the crawl anew, without a cursor."
    ),
    "unauthorized": ProblemKind(
        401,
        "A valid key is needed",
        "Send a key in `Authorization: Bearer KEY` or `X-API-Key: KEY`.",
    ),
    "forbidden": ProblemKind(
        403,
        "The key may not do this",
        "Use a key with the scope that the detail names.",
    ),
    "not-found": ProblemKind(
        404, "There is no such thing", "Check the address and the id in it."
    ),
    "method-not-allowed": ProblemKind(
        405,
        "The method is not allowed here",
        "Use one of the methods that the header `Allow` names.",
    ),
    "rate-limited": ProblemKind(
        429,
        "Too many requests",
        "Ask again after the seconds that `Retry-After` names; `RateLimit` tells what"
        " is left.",
    ),
    "unsupported-by-provider": ProblemKind(
        405,
        "The provider cannot do this",
        "Only items whose `actions` name it can; `Allow` tells what else there is.",
    ),
    "forged-link": ProblemKind(
        403,
        "The media link is not one of this gateway",
        "Take links from the gallery as they are; ask the gallery for new ones.",
    ),
    "expired-link": ProblemKind(
        410,
        "The media link has expired",
        "Ask the gallery again, or keep `/v1/gallery/{id}/assets/{asset_id}` instead.",
    ),
    "unsupported-media-type": ProblemKind(
        415,
        "The file is not served",
        "It is neither picture, video nor known model format, or cannot be made"
        " smaller; the full file may still be had from `url`.",
    ),
    "range-not-satisfiable": ProblemKind(
        416, "The range begins behind the end", "`Content-Range` tells the length."
    ),
    "too-large": ProblemKind(413, "The request is too large", "Send a smaller one."),
    "upstream-unauthorized": ProblemKind(
        502,
        "Every provider refuses the credentials",
        "The gateway's operator must mend this tenant's credentials.",
    ),
    "upstream-rejected": ProblemKind(
        502,
        "The provider refuses the request",
        "Check provider-specific filters; else tell the gateway's operator.",
    ),
    "upstream-unavailable": ProblemKind(
        503,
        "No provider could answer",
        "Try again after the seconds that `Retry-After` names; a cursor stays good.",
    ),
    "internal": ProblemKind(
        500, "The gateway failed", "Tell the operator the `request_id`."
    ),
}


_MEDIA = "/v1/media/"


class ParameterFault(Struct, frozen=True, kw_only=True):
    parameter: str
    message: str


class Problem(Struct, frozen=True, kw_only=True):
    type: str
    code: str
    title: str
    status: int
    detail: str | None
    instance: str
    request_id: str
    errors: tuple[ParameterFault, ...] | None


def _to_instance(path: str) -> str:
    """Give the request's path; a media link's token is nobody else's business."""
    return _MEDIA if path.startswith(_MEDIA) else path


def spell(
    code: str,
    scope: Mapping[str, Any],
    detail: str | None = None,
    errors: tuple[ParameterFault, ...] | None = None,
) -> tuple[int, bytes]:
    """Give a problem's status and body, for a request's ASGI scope."""
    kind = KINDS[code]
    problem = Problem(
        type=f"/problems/{code}",
        code=code,
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=_to_instance(scope["path"]),
        request_id=scope["state"].get("request_id", ""),
        errors=errors,
    )
    return kind.status, msgspec.json.encode(problem)


def to_response(
    request: HttpRequest,
    code: str,
    detail: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    errors: tuple[ParameterFault, ...] | None = None,
) -> Response[bytes]:
    status, body = spell(code, cast("Mapping[str, Any]", request.scope), detail, errors)
    return Response(
        body,
        status_code=status,
        media_type="application/problem+json",
        headers={"cache-control": "no-store", **(headers or {})},
    )


_CALLERS: Mapping[type[CallerError], str] = {
    InvalidParameterError: "invalid-parameter",
    InvalidCursorError: "invalid-cursor",
    ExpiredCursorError: "expired-cursor",
    UnauthenticatedError: "unauthorized",
    ForbiddenError: "forbidden",
    NotFoundError: "not-found",
    ForgedLinkError: "forged-link",
    ExpiredLinkError: "expired-link",
    UnsupportedByProviderError: "unsupported-by-provider",
    UnsupportedMediaError: "unsupported-media-type",
    RangeNotSatisfiableError: "range-not-satisfiable",
}
_CHALLENGE = {"www-authenticate": 'Bearer realm="gallery-gateway"'}


def _from_caller(request: HttpRequest, error: CallerError) -> Response[bytes]:
    errors = None
    if isinstance(error, InvalidParameterError):
        errors = tuple(
            ParameterFault(parameter=fault.where, message=fault.message)
            for fault in error.faults
        )
    headers = _CHALLENGE if isinstance(error, UnauthenticatedError) else {}
    if isinstance(error, UnsupportedByProviderError):
        headers = {"allow": "GET, HEAD"}
    if isinstance(error, RangeNotSatisfiableError):
        headers = {"content-range": f"bytes */{error.size}"}
    code = _CALLERS[type(error)]
    return to_response(request, code, str(error), headers=headers, errors=errors)


def _from_gateway(request: HttpRequest, error: GatewayError) -> Response[bytes]:
    match error:
        case CallerError():
            return _from_caller(request, error)
        case NothingAnsweredError(refused=True):
            return to_response(request, "upstream-unauthorized")
        case NothingAnsweredError(retry_after_seconds=after):
            return _unavailable(request, after, None)
        case UpstreamError(code="upstream-unavailable"):
            return _unavailable(request, error.retry_after_seconds or 1, str(error))
        case UpstreamError():
            return to_response(request, error.code, str(error))
        case _:
            return _from_anything(request, error)


def _unavailable(
    request: HttpRequest, after_seconds: float, detail: str | None
) -> Response[bytes]:
    headers = {"retry-after": str(max(1, math.ceil(after_seconds)))}
    return to_response(request, "upstream-unavailable", detail, headers=headers)


_FRAMEWORK = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}


def _from_framework(request: HttpRequest, error: HTTPException) -> Response[bytes]:
    code = _FRAMEWORK.get(error.status_code)
    if code is None:
        is_caller = 400 <= error.status_code < 500  # noqa: PLR2004  # a status class
        code = "invalid-parameter" if is_caller else "internal"
    given = {name.lower(): value for name, value in (error.headers or {}).items()}
    headers = {}
    if "allow" in given:
        headers["allow"] = given["allow"].replace("GET", "GET, HEAD")
    return to_response(request, code, headers=headers)


def _from_anything(request: HttpRequest, error: Exception) -> Response[bytes]:
    log.error("request.failed", exc_info=error)
    return to_response(request, "internal")


HANDLERS: ExceptionHandlersMap = {
    GatewayError: _from_gateway,
    HTTPException: _from_framework,
    Exception: _from_anything,
}

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<h1>{title}</h1>
<p>Problem <code>{code}</code>, HTTP status {status}.</p>
<p>{remedy}</p>
</html>
"""


@get("/{code:str}", media_type=MediaType.HTML, sync_to_thread=False)
def explain(code: FromPath[str]) -> str:
    """Say what an error means and what to do."""
    kind = KINDS.get(code)
    if kind is None:
        raise NotFoundException
    return _PAGE.format(
        code=html.escape(code),
        title=html.escape(kind.title),
        status=kind.status,
        remedy=html.escape(kind.remedy),
    )


ROUTER = Router("/problems", route_handlers=[explain])
