"""Sends a video as Starlette's file answers do: their ranges, and no 304."""

import re
from email.utils import format_datetime
from typing import Final

from litestar import Request, Response
from litestar.datastructures import State

from gateway.sandbox.delivery import File

_SPAN: Final = re.compile(r"([0-9]*)-([0-9]*)")


class MalformedError(Exception):
    """A range that says nothing."""


def send_film(
    request: Request[object, object, State], film: File, name: str
) -> Response[bytes]:
    """Answer 200, 206, 400 or 416; the name is told to whoever saves it."""
    modified = format_datetime(film.modified, usegmt=True)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": film.etag,
        "Last-Modified": modified,
    }
    asked, size = request.headers.get("range"), len(film.content)
    condition = request.headers.get("if-range")
    if asked is None or condition not in {None, film.etag, modified}:
        return Response(film.content, headers=headers, media_type=film.media_type)
    try:
        first, end = to_span(asked, size)
    except MalformedError as error:
        return Response(str(error).encode(), status_code=400, media_type="text/plain")
    if not 0 <= first < size:
        told = {"Content-Range": f"*/{size}"}
        return Response(b"", status_code=416, headers=told, media_type="text/plain")
    headers["Content-Range"] = f"bytes {first}-{end - 1}/{size}"
    part = film.content[first:end]
    return Response(part, status_code=206, headers=headers, media_type=film.media_type)


def to_span(asked: str, size: int) -> tuple[int, int]:
    """First byte, and the one behind the last; a long suffix starts before 0.

    Of several ranges the first is sent.

    Raises:
        MalformedError: no range of bytes.
    """
    unit, equals, spans = asked.partition("=")
    match = _SPAN.search(spans)
    if not equals:
        raise MalformedError("Malformed range header.")
    if unit.strip().lower() != "bytes":
        raise MalformedError("Only support bytes range")
    if match is None or match[0] == "-":
        raise MalformedError("Range header: range must be requested")
    first = int(match[1]) if match[1] else size - int(match[2])
    end = min(int(match[2]) + 1, size) if match[1] and match[2] else size
    if first >= end and first < size:
        raise MalformedError("Range header: start must be less than end")
    return first, end
