"""A file's name: harmless, in a link's path, and in `Content-Disposition` (RFC 6266)."""

import re
from urllib.parse import quote

MOST_CHARACTERS = 80

_HARMFUL = re.compile(r'[/\\"<>:|?*%;\']+')
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
_ODD = re.compile(r"[^A-Za-z0-9._-]+")


def to_name(text: str) -> str:
    """Leave out what a path or a shell may take for more than a letter."""
    if not _PLAIN.fullmatch(text):
        text = "".join(letter if letter.isprintable() else "-" for letter in text)
        text = _HARMFUL.sub("-", text)
    return text[:MOST_CHARACTERS].strip(" .-") or "file"


def to_segment(name: str) -> str:
    """Spell a name as one segment of a path."""
    return name if _PLAIN.fullmatch(name) else quote(name, safe="")


def to_disposition(filename: str) -> str:
    """Name a file that is shown where it is, in ASCII and as it is called."""
    name = to_name(filename)
    plain = _ODD.sub("-", name).strip(".-") or "file"
    told = f'inline; filename="{plain}"'
    return told if plain == name else f"{told}; filename*=UTF-8''{quote(name, safe='')}"
