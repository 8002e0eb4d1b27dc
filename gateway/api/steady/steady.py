"""Answers that stay the same for as long as a version runs: kept for an hour, with a tag."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from litestar.types import ASGIApp

from gateway.api.answers.conditions import is_known, to_etag, to_unchanged
from gateway.api.answers.plain import Plain, spell
from gateway.api.context import HttpRequest, headers_of

_NONE: Mapping[str, str] = MappingProxyType({})
_CACHED = {"cache-control": "max-age=3600"}


def to_steady(
    request: HttpRequest,
    content: bytes,
    media_type: str,
    headers: Mapping[str, str] = _NONE,
) -> ASGIApp:
    """Answer with it, or that the caller has it; `headers` may say for how long else."""
    etag = _to_etag(content)
    all_headers = spell({**_CACHED, **headers, "etag": etag})
    if is_known(etag, headers_of(request)):
        return to_unchanged(all_headers)
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    kind = (b"content-type", f"{media_type}{charset}".encode())
    return Plain(200, [*all_headers, kind], content)


_to_etag = lru_cache(maxsize=64)(to_etag)
