"""A file on its way to an upstream, in steps: it is held once, by whoever sent it."""

import secrets
from collections.abc import AsyncIterator

from gateway.plugin.provider import Upload

_STEP_BYTES = 2**16


class UploadBody:
    """A file as a request's body: as it is, or in a field of a form (RFC 7578)."""

    def __init__(self, upload: Upload) -> None:
        self._content = memoryview(upload.content)
        self._head = self._tail = b""
        media_type = upload.media_type
        if upload.field:
            # nobody who made the file could know it
            boundary = secrets.token_hex(16)
            self._head = _to_head(upload, boundary)
            self._tail = f"\r\n--{boundary}--\r\n".encode("ascii")
            media_type = f"multipart/form-data; boundary={boundary}"
        length = len(self._head) + len(self._content) + len(self._tail)
        self.headers = {"content-type": media_type, "content-length": str(length)}

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._head:
            yield self._head
        for place in range(0, len(self._content), _STEP_BYTES):
            yield bytes(self._content[place : place + _STEP_BYTES])
        if self._tail:
            yield self._tail


def _to_head(upload: Upload, boundary: str) -> bytes:
    return (
        f"--{boundary}\r\n"
        f'content-disposition: form-data; name="{upload.field}";'
        f' filename="{upload.filename}"\r\n'
        f"content-type: {upload.media_type}\r\n\r\n"
    ).encode("ascii")
