"""Sends a file as a content delivery network does: ETag, dates, ranges, HEAD."""

from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256

from litestar import Request, Response
from litestar.datastructures import State
from msgspec import Struct


class File(Struct, frozen=True, kw_only=True):
    content: bytes
    media_type: str
    modified: datetime
    cache_control: str | None = None

    @property
    def etag(self) -> str:
        return f'"{sha256(self.content).hexdigest()[:32]}"'


def deliver(request: Request[object, object, State], file: File) -> Response[bytes]:
    """Answer GET or HEAD with 200, 206, 304 or 416."""
    modified = format_datetime(file.modified, usegmt=True)
    headers = {
        "ETag": file.etag,
        "Last-Modified": modified,
        "Accept-Ranges": "bytes",
    }
    if file.cache_control is not None:
        headers["Cache-Control"] = file.cache_control
    if _is_known(request, file.etag):
        return Response(b"", status_code=304, headers=headers)
    size = len(file.content)
    status, content = 200, file.content
    asked = request.headers.get("range")
    if asked is not None and _still_holds(request, file.etag, modified):
        span = to_span(asked, size)
        if span is not None:
            first, last = span
            if first >= size or first > last:
                headers["Content-Range"] = f"bytes */{size}"
                return Response(b"", status_code=416, headers=headers)
            status, content = 206, file.content[first : last + 1]
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    headers["Content-Length"] = str(len(content))
    if request.method == "HEAD":
        content = b""
    return Response(
        content, status_code=status, headers=headers, media_type=file.media_type
    )


def to_span(asked: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range; None for what is to be ignored."""
    unit, _, span = asked.partition("=")
    first, dash, last = span.strip().partition("-")
    digits = first + last
    if (
        unit.strip() != "bytes"
        or not dash
        or not (digits.isascii() and digits.isdigit())
    ):
        return None
    if not first:
        length = int(last)
        return (max(size - length, 0), size - 1) if length else (size, size)
    end = int(last) if last else size - 1
    if end < int(first) < size:
        return None
    return int(first), min(end, size - 1)


def _is_known(request: Request[object, object, State], etag: str) -> bool:
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or etag in [
        tag.strip().removeprefix("W/") for tag in known.split(",")
    ]


def _still_holds(
    request: Request[object, object, State], etag: str, modified: str
) -> bool:
    condition = request.headers.get("if-range")
    return condition is None or condition in {etag, modified}
