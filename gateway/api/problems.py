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
    IdempotencyInProgressError,
    IdempotencyMismatchError,
    InvalidBodyError,
    InvalidCursorError,
    InvalidParameterError,
    InvalidTokenError,
    MethodNotAllowedError,
    NotFoundError,
    NothingAnsweredError,
    RangeNotSatisfiableError,
    RefusedError,
    StoreUnavailableError,
    TooLargeError,
    UnauthenticatedError,
    UnsupportedByProviderError,
    UnsupportedMediaError,
    UpstreamError,
)
from gateway.plugin.model import SourceReport

_MOST_FAULTS = 100
_MOST_DETAIL = 2_000

log = structlog.get_logger()


class RequestFault(Struct, frozen=True, kw_only=True):
    """What is wrong with one parameter, or with one place in the body."""

    parameter: str | UnsetType = UNSET
    pointer: str | UnsetType = UNSET
    message: str


class UpstreamRefusal(Struct, frozen=True, kw_only=True):
    """What an upstream said when it refused, without addresses."""

    status: int
    detail: str | None


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
    upstream: UpstreamRefusal | None


class ProblemParts(Struct, frozen=True, kw_only=True):
    """What only some problems have."""

    errors: tuple[RequestFault, ...] | None = None
    sources: tuple[SourceReport, ...] | None = None
    upstream: UpstreamRefusal | None = None


_NO_PARTS = ProblemParts()


def spell(
    code: str,
    scope: Mapping[str, Any],
    detail: str | None = None,
    parts: ProblemParts = _NO_PARTS,
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
        errors=parts.errors,
        sources=parts.sources,
        upstream=parts.upstream,
    )
    return kind.status, msgspec.json.encode(problem)


def to_response(
    request: HttpRequest,
    code: str,
    detail: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    parts: ProblemParts = _NO_PARTS,
) -> Response[bytes]:
    scope = cast("Mapping[str, Any]", request.scope)
    status, body = spell(code, scope, detail, parts)
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
    InvalidTokenError: "unauthorized",
    ForbiddenError: "forbidden",
    NotFoundError: "not-found",
    ForgedLinkError: "forged-link",
    ExpiredLinkError: "expired-link",
    UnsupportedByProviderError: "unsupported-by-provider",
    UnsupportedMediaError: "unsupported-media-type",
    RangeNotSatisfiableError: "range-not-satisfiable",
    MethodNotAllowedError: "method-not-allowed",
    TooLargeError: "too-large",
    IdempotencyMismatchError: "idempotency-mismatch",
    IdempotencyInProgressError: "idempotency-in-progress",
}
_CHALLENGE = {"www-authenticate": 'Bearer realm="gallery-gateway"'}
_INVALID_TOKEN = {"www-authenticate": 'Bearer error="invalid_token"'}


def _from_caller(request: HttpRequest, error: CallerError) -> Response[bytes]:
    return to_response(
        request,
        _CALLERS[type(error)],
        str(error)[:_MOST_DETAIL],
        headers=_to_callers_headers(error),
        parts=ProblemParts(errors=_to_faults(error)),
    )


def _to_callers_headers(error: CallerError) -> Mapping[str, str]:
    match error:
        case UnauthenticatedError():
            is_token = isinstance(error, InvalidTokenError)
            return _INVALID_TOKEN if is_token else _CHALLENGE
        case UnsupportedByProviderError():
            return {"allow": "GET"}
        case MethodNotAllowedError(allowed=allowed):
            return {"allow": ", ".join(allowed)}
        case IdempotencyInProgressError():
            return _to_headers(1)
        case RangeNotSatisfiableError(size=size):
            return {"content-range": f"bytes */{size}"}
        case _:
            return {}


def _to_faults(error: CallerError) -> tuple[RequestFault, ...] | None:
    """Return what is wrong, one by one, where the error tells."""
    match error:
        case InvalidParameterError(faults=faults):
            return tuple(
                RequestFault(parameter=one.where, message=one.message) for one in faults
            )
        case InvalidBodyError(faults=faults):
            return tuple(
                RequestFault(pointer=one.where, message=one.message)
                for one in faults[:_MOST_FAULTS]
            )
        case _:
            return None


def _from_gateway(request: HttpRequest, error: GatewayError) -> Response[bytes]:
    match error:
        case CallerError():
            return _from_caller(request, error)
        case NothingAnsweredError():
            return _from_sources(request, error)
        case UpstreamError():
            return _from_upstream(request, error)
        case StoreUnavailableError():
            headers = _to_headers(1)
            return to_response(
                request, "store-unavailable", str(error), headers=headers
            )
        case _:
            return _from_anything(request, error)


def _from_upstream(request: HttpRequest, error: UpstreamError) -> Response[bytes]:
    headers, parts = {}, _NO_PARTS
    if isinstance(error, RefusedError):
        told = UpstreamRefusal(status=error.status, detail=error.detail)
        parts = ProblemParts(upstream=told)
    elif error.code == "upstream-unavailable":
        headers = _to_headers(error.retry_after_seconds or 1)
    return to_response(request, error.code, str(error), headers=headers, parts=parts)


def _from_sources(request: HttpRequest, error: NothingAnsweredError) -> Response[bytes]:
    code, headers = "upstream-unauthorized", {}
    if not error.refused:
        code = "upstream-unavailable"
        headers = _to_headers(error.retry_after_seconds)
    return to_response(
        request,
        code,
        str(error),
        headers=headers,
        parts=ProblemParts(sources=error.sources or None),
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
