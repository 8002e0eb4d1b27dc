"""Bodies compressed for whoever asks for it; the framework overlooks `gzip;q=0`."""

import re

from litestar.datastructures import Headers
from litestar.middleware.compression import CompressionMiddleware
from litestar.types import Receive, Scope, Send

_REFUSED = re.compile(r"\bgzip\s*;\s*q\s*=\s*0(\.0*)?\s*(,|$)", re.IGNORECASE)


COMPRESSED_BYTES = 1024
"""Bodies over this are worth it."""


def wants_gzip(accept_encoding: str) -> bool:
    """Tell whether a caller asks for gzip."""
    is_named = "gzip" in accept_encoding.lower()
    return is_named and not _REFUSED.search(accept_encoding)


class Compression(CompressionMiddleware):
    """The framework's, but for callers who refuse it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = Headers.from_scope(scope).get("accept-encoding", "")
        if wants_gzip(wanted):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)
