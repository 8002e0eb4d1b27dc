"""What is sent to an operation, checked whole before anything is done with it."""

import hashlib

import msgspec

from gateway.concurrency.aside import aside
from gateway.jobs.opacity import needs_flattening
from gateway.media.content.sniff import GLANCE_BYTES, sniff
from gateway.media.files import Drawing
from gateway.plugin.errors import (
    Fault,
    InvalidBodyError,
    TooLargeError,
    UnsupportedMediaError,
)
from gateway.plugin.operations import (
    JsonBody,
    JsonInput,
    Operation,
    Photo,
    PhotoInput,
    Sent,
    SheetInput,
)
from gateway.ports.sheets import Sheets
from gateway.settings.reading.conversion import to_struct
from gateway.settings.reading.places import PointerPlace

_MOST_JSON_BYTES = 2**20
_STEP_BYTES = 2**18
_TRIED_PIXELS = 64
"""How large a picture is drawn to see whether it can be."""
_CELL_BYTES = 50
"""What a cell counts as, where it is the cells that are work."""
_HASHED_TIMES = 20
"""How many bytes are as easy to digest as one is to read."""


class Bodies:
    """Reads requests' bodies as operations want them."""

    def __init__(self, sheets: Sheets, drawing: Drawing) -> None:
        self._sheets = sheets
        self._drawing = drawing

    async def read(self, operation: Operation, content: bytes, account: str) -> Sent:
        """Read what an operation takes; `account` is the key of whose it is.

        Raises:
            InvalidBodyError: with all its faults, by JSON pointers.
            TooLargeError: it is longer than what anybody means.
            UnsupportedMediaError: it is no picture of a kind that is taken.
        """
        match operation.input:
            case None:
                return None
            case JsonInput() as wanted:
                return _to_json(wanted, content)
            case PhotoInput() as wanted:
                return await self._to_photo(wanted, content, account)
            case SheetInput() as wanted:
                sheet = await self._sheets.read(content, account)
                weight = sum(map(len, sheet.rows[:1])) * len(sheet.rows) * _CELL_BYTES
                faults = await aside(weight, lambda: tuple(wanted.check(sheet)))
                if faults:
                    raise InvalidBodyError(faults)
                return sheet

    async def _to_photo(
        self, wanted: PhotoInput, content: bytes, account: str
    ) -> Photo:
        """Take a picture that can be drawn, made such as the upstream takes."""
        found = sniff(content[:GLANCE_BYTES])
        if found is None or found.media_type not in wanted.media_types:
            raise UnsupportedMediaError("expected a JPEG, PNG or WebP picture")
        with self._drawing.spool() as spool:
            for place in range(0, len(content), _STEP_BYTES):
                spool.write(content[place : place + _STEP_BYTES])
            if not wanted.takes_transparency and needs_flattening(content):
                flat = await self._drawing.flatten(spool, account)
                return Photo(content=flat, media_type="image/jpeg")
            await self._drawing.draw(spool, _TRIED_PIXELS, account)
        return Photo(content=content, media_type=found.media_type)


def _to_json(wanted: JsonInput, content: bytes) -> JsonBody:
    if len(content) > _MOST_JSON_BYTES:
        raise TooLargeError("a JSON body has a megabyte at most")
    content = content.strip() or b"{}"
    try:
        decoded = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        message = "expected JSON"
        if isinstance(error, msgspec.DecodeError):
            message += f"; {error}"
        raise InvalidBodyError([Fault(where="", message=message)]) from error
    faults: list[Fault] = []
    known = to_struct(wanted.type, decoded, PointerPlace(faults, is_open=True))
    if known is None:
        raise InvalidBodyError(faults)
    return JsonBody(known=known, raw=msgspec.Raw(content))


async def to_fingerprint(provider: str, operation: str, content: bytes) -> bytes:
    """Digest a request, whose body may be long: 16 bytes."""
    named = f"{provider}\n{operation}\n".encode()

    def work() -> bytes:
        digest = hashlib.blake2b(named, digest_size=16)
        digest.update(content)
        return digest.digest()

    return await aside(len(content) // _HASHED_TIMES, work)
