"""Errors as RFC 9457 problems."""

import math
from collections.abc import Mapping
from typing import Any, cast

import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap
from msgspec import UNSET, Struct, UnsetType

from gateway.api.edge.auth import HttpRequest
from gateway.api.edge.paths import to_shown
from gateway.api.routes.catalogue import KINDS
from gateway.plugin.errors import (
    CallerError,
    ExpiredCursorError,
    ExpiredLinkError,
    ForbiddenError,
    ForgedLinkError,
    GatewayError,
    InvalidBodyError,
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
from gateway.plugin.model import SourceReport

log = structlog.get_logger()


class RequestFault(Struct, frozen=True, kw_only=True):
    """What is wrong with one parameter, or with one place in the body."""

    parameter: str | UnsetType = UNSET
    pointer: str | UnsetType = UNSET
    message: str


class Problem(Struct, frozen=True, kw_only=True):
    """What went wrong, in the form of RFC 9457."""

    type: str
    code: str
    title: str
    status: int
    detail: str | None
    instance: str
    request_id: str
    errors: tuple[RequestFault, ...] | None
    sources: tuple[SourceReport, ...] | None


def spell(
    code: str,
    scope: Mapping[str, Any],
    detail: str | None = None,
    errors: tuple[RequestFault, ...] | None = None,
    sources: tuple[SourceReport, ...] | None = None,
) -> tuple[int, bytes]:
    """Return a problem's status and body, for a request's ASGI scope."""
    kind = KINDS[code]
    problem = Problem(
        type=f"{scope['state'].get('public_path', '')}/problems/{code}",
        code=code,
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=to_shown(scope["path"]),
        request_id=scope["state"].get("request_id", ""),
        errors=errors,
        sources=sources,
    )
    return kind.status, msgspec.json.encode(problem)


def to_response(  # noqa: PLR0913  # a problem's parts
    request: HttpRequest,
    code: str,
    detail: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    errors: tuple[RequestFault, ...] | None = None,
    sources: tuple[SourceReport, ...] | None = None,
) -> Response[bytes]:
    scope = cast("Mapping[str, Any]", request.scope)
    status, body = spell(code, scope, detail, errors, sources)
    return Response(
        body,
        status_code=status,
        media_type="application/problem+json",
        headers={"cache-control": "no-store", **(headers or {})},
    )


_CALLERS: Mapping[type[CallerError], str] = {
    InvalidParameterError: "invalid-parameter",
    InvalidBodyError: "invalid-parameter",
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
    headers = _CHALLENGE if isinstance(error, UnauthenticatedError) else {}
    if isinstance(error, UnsupportedByProviderError):
        headers = {"allow": "GET"}
    if isinstance(error, RangeNotSatisfiableError):
        headers = {"content-range": f"bytes */{error.size}"}
    code, errors = _CALLERS[type(error)], _to_faults(error)
    return to_response(request, code, str(error), headers=headers, errors=errors)


def _to_faults(error: CallerError) -> tuple[RequestFault, ...] | None:
    """Return what is wrong, one by one, where the error tells."""
    match error:
        case InvalidParameterError(faults=faults):
            return tuple(
                RequestFault(parameter=one.where, message=one.message) for one in faults
            )
        case InvalidBodyError(faults=faults):
            return tuple(
                RequestFault(pointer=one.where, message=one.message) for one in faults
            )
        case _:
            return None


def _from_gateway(request: HttpRequest, error: GatewayError) -> Response[bytes]:
    match error:
        case CallerError():
            return _from_caller(request, error)
        case NothingAnsweredError():
            return _from_sources(request, error)
        case UpstreamError(code="upstream-unavailable"):
            headers = _to_headers(error.retry_after_seconds or 1)
            return to_response(request, error.code, str(error), headers=headers)
        case UpstreamError():
            return to_response(request, error.code, str(error))
        case _:
            return _from_anything(request, error)


def _from_sources(request: HttpRequest, error: NothingAnsweredError) -> Response[bytes]:
    code, headers = "upstream-unauthorized", {}
    if not error.refused:
        code = "upstream-unavailable"
        headers = _to_headers(error.retry_after_seconds)
    return to_response(
        request, code, str(error), headers=headers, sources=error.sources or None
    )


def _to_headers(after_seconds: float) -> dict[str, str]:
    return {"retry-after": str(max(1, math.ceil(after_seconds)))}


_FRAMEWORK = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}


def _from_framework(request: HttpRequest, error: HTTPException) -> Response[bytes]:
    code = _FRAMEWORK.get(error.status_code)
    if code is None:
        is_caller = 400 <= error.status_code < 500  # noqa: PLR2004  # a status class
        code = "invalid-parameter" if is_caller else "internal"
    given = {name.lower(): value for name, value in (error.headers or {}).items()}
    headers = {"allow": given["allow"]} if "allow" in given else {}
    return to_response(request, code, headers=headers)


def _from_anything(request: HttpRequest, error: Exception) -> Response[bytes]:
    log.error("request.failed", exc_info=error)
    return to_response(request, "internal")


HANDLERS: ExceptionHandlersMap = {
    GatewayError: _from_gateway,
    HTTPException: _from_framework,
    Exception: _from_anything,
}
