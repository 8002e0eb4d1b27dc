"""Files that operations give: told by their bytes, smaller where they are to be."""

import contextlib
import hashlib

from msgspec import Struct

from gateway.accounts.credentials import Account
from gateway.concurrency.aside import aside
from gateway.coordination import keys
from gateway.media.content.sniff import WEBP, Format, sniff
from gateway.media.files import Drawing
from gateway.plugin.errors import StoreError, UnsupportedMediaError
from gateway.plugin.operations import File
from gateway.ports.stores import Store

_HEAD_BYTES = 4_096
_STEP_BYTES = 2**18
_KEEP_SECONDS = 86_400.0
_HASHED_TIMES = 20
"""How many bytes are as easy to digest as one is to read."""


class FoundFile(Struct, frozen=True, kw_only=True):
    """A file's bytes and what they are; the tag changes only when they do."""

    content: bytes
    format: Format
    etag: str


class Files:
    """Makes of an operation's file what callers get."""

    def __init__(self, drawing: Drawing, store: Store) -> None:
        self._drawing = drawing
        self._store = store

    async def show(self, file: File, account: Account) -> FoundFile:
        """Return a file as it is, or a picture of the size that it is to have.

        Raises:
            UnsupportedMediaError: it is nothing that is served, or cannot be drawn.
            UnavailableError: the system has no place for it.
        """
        found = sniff(file.content[:_HEAD_BYTES])
        if found is None:
            raise UnsupportedMediaError("neither picture, video nor known model")
        digest = await _digest(file.content)
        if file.most_pixels is None:
            return FoundFile(content=file.content, format=found, etag=f'"{digest}"')
        name = f"{digest}-{file.most_pixels}"
        return FoundFile(
            content=await self._draw(name, file.content, file.most_pixels, account.key),
            format=WEBP,
            etag=f'"{name}"',
        )

    async def _draw(
        self, name: str, content: bytes, most_pixels: int, account: str
    ) -> bytes:
        key = keys.drawn(name)
        with contextlib.suppress(StoreError):
            if kept := await self._store.get(key):
                return kept
        with self._drawing.spool() as spool:
            for place in range(0, len(content), _STEP_BYTES):
                spool.write(content[place : place + _STEP_BYTES])
            drawn = await self._drawing.draw(spool, most_pixels, account)
        with contextlib.suppress(StoreError):
            await self._store.put(key, drawn.content, keep_seconds=_KEEP_SECONDS)
        return drawn.content


async def _digest(content: bytes) -> str:
    def work() -> str:
        return hashlib.blake2b(content, digest_size=12).hexdigest()

    return await aside(len(content) // _HASHED_TIMES, work)
