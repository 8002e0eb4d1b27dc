"""Which problem an error is told as."""

import math
from collections.abc import Mapping

import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from gateway.api.context import HttpRequest
from gateway.api.problems.problem import (
    ProblemParts,
    RequestFault,
    UpstreamRefusal,
    to_response,
)
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

_MOST_FAULTS = 100
_MOST_DETAIL = 2_000

log = structlog.get_logger()

_NO_PARTS = ProblemParts()
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
        refusal = UpstreamRefusal(status=error.status, detail=error.detail)
        parts = ProblemParts(upstream=refusal)
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
