"""Answers that stay the same for as long as a version runs: kept for an hour, with a tag."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from litestar import Response

from gateway.api.answers.headers import is_known
from gateway.api.edge.auth import HttpRequest, headers_of

_NONE: Mapping[str, str] = MappingProxyType({})
_CACHED = {"cache-control": "max-age=3600"}


def to_steady(
    request: HttpRequest,
    content: bytes,
    media_type: str,
    headers: Mapping[str, str] = _NONE,
) -> Response[bytes]:
    """Answer with it, or that the caller has it; `headers` may say for how long else."""
    all_headers = {**_CACHED, **headers, "etag": _to_etag(content)}
    if is_known(all_headers["etag"], headers_of(request)):
        return Response(b"", status_code=304, headers=all_headers)
    return Response(content, media_type=media_type, headers=all_headers)


@lru_cache(maxsize=64)
def _to_etag(content: bytes) -> str:
    """Tag it weakly: compressed or not, it is the same."""
    return f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
