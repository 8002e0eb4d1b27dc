"""A problem, as RFC 9457 has it, and the answer that tells it."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec
from litestar import Response
from msgspec import UNSET, Struct, UnsetType

from gateway.api.context import HttpRequest, context_of
from gateway.api.paths import to_shown
from gateway.api.problems.catalogue import KINDS
from gateway.plugin.model import SourceReport


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
    kind, context = KINDS[code], context_of(scope)
    problem = Problem(
        type=f"{context.public_path}/problems/{code}",
        code=code,
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=to_shown(scope["path"]),
        request_id=context.request_id,
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
