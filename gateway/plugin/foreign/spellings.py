"""Text as its reader sees it: escapes of the web and look-alike marks undone."""

import html
import re
from urllib.parse import unquote

_ROUNDS = 5
_ESCAPE = re.compile(r"[%&\\]")
_UNDOABLE = re.compile(
    r"%(?:[0-9a-f]{2}|[ux][0-9a-f])|\\(?:[ux][0-9a-f]|/)|&(?:#|[a-z]{2})", re.IGNORECASE
)
"""Without one of these there is nothing to undo."""
_NESTED = re.compile(
    r"(?<=%)(?:25)+(?=[0-9a-f]{2}|u[0-9a-f])|(?<=&)(?:amp;)+", re.IGNORECASE
)
# bounded, for `html.unescape` takes any number, and longer than Python converts
_ENTITY = re.compile(
    r"&(?:#0{0,999}[0-9]{1,7}|#x0{0,999}[0-9a-f]{1,6}|[a-z]{2,8});?", re.IGNORECASE
)
_BYTE = re.compile(r"[\\%]x([0-9a-f]{2})", re.IGNORECASE)
_CODE = re.compile(r"[\\%]u([0-9a-f]{4})", re.IGNORECASE)
_INVISIBLE = (
    *(code for code in range(0x20) if not chr(code).isspace()),
    0x7F, 0xAD, 0x34F, 0x61C, 0x180E, 0xFEFF,
    *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070),
)  # fmt: skip
# no Unicode normalisation, which takes quadratic time over combining marks
_LOOKS: dict[int, str | None] = {
    **dict.fromkeys(_INVISIBLE),
    **dict.fromkeys((0xFF20, 0xFE6B), "@"),
    **dict.fromkeys((0x3002, 0xFF0E, 0xFF61, 0xFE52, 0x2024), "."),
}


def to_plain(text: str) -> str | None:
    """Undo percent signs, entities and backslashes, however deep; None if too deep.

    Linear in the text's length. Full-width marks become `@` and `.`, and what has
    no width goes.
    """
    text = text.translate(_LOOKS)
    for _ in range(_ROUNDS):
        if not _UNDOABLE.search(text):
            return text
        before, text = text, _undo(text).translate(_LOOKS)
        if text == before:
            return text
    return None


def is_plain(text: str) -> bool:
    """Tell at a glance whether there is no escape to undo, seen or unseen."""
    return not _UNDOABLE.search(text.translate(_LOOKS))


def _undo(text: str) -> str:
    if not _ESCAPE.search(text):
        return text
    text = unquote(_BYTE.sub(r"%\1", _NESTED.sub("", text)))
    text = _CODE.sub(lambda code: chr(int(code[1], 16)), text)
    text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return text.replace("\\/", "/")
