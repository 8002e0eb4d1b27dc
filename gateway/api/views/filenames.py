"""A file's name: harmless, in a link's path, and in `Content-Disposition` (RFC 6266)."""

import re
from urllib.parse import quote

from gateway.plugin.foreign.privacy import has_email, redact_emails

MOST_CHARACTERS = 80

_HARMFUL = re.compile(r'[/\\"<>:|?*%;\']+')
_MARK = re.compile(r"[@\uFF20\uFE6B]")
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_ALIKE = {
    ".jpg": (".jpeg", ".jpe", ".jfif"),
    ".tif": (".tiff",),
    ".heic": (".heif",),
    ".mp4": (".m4v", ".mov"),
    ".mov": (".mp4", ".qt"),
    ".mkv": (".webm",),
}
"""Suffixes that say the same of a file, or near enough for what opens it."""


def to_name(text: str) -> str:
    """Leave out e-mail addresses and what a path or a shell takes for more than a letter.

    What would be an address only without what is left out is no name at all.
    """
    if not _PLAIN.fullmatch(text):
        text = redact_emails(text)
        text = "".join(letter if letter.isprintable() else "-" for letter in text)
        text = _HARMFUL.sub("-", text)
    name = text[:MOST_CHARACTERS].strip(" .-")
    if not name or has_email(name):
        return "file"
    return _MARK.sub("-", name)  # with the suffix that it gets it might be one


def to_segment(name: str) -> str:
    """Spell a name as one segment of a path."""
    return name if _PLAIN.fullmatch(name) else quote(name, safe="")


def to_disposition(filename: str, suffix: str) -> str:
    """Name a file that is shown where it is, in ASCII and as it is called.

    `suffix` is that of its bytes' format: a name that ends otherwise gets it, too.
    """
    name = to_name(filename)
    is_named = name.lower().endswith((suffix, *_ALIKE.get(suffix, ())))
    # letters beyond ASCII may have lower ones within it, as the Kelvin sign has
    if not is_named or not name.rpartition(".")[2].isascii():
        name = f"{name}{suffix}"
    stem, dot, end = name.rpartition(".")
    plain = (_ODD.sub("-", stem).strip(".-") or "file") + dot + end
    disposition = f'inline; filename="{plain}"'
    return (
        disposition
        if plain == name
        else f"{disposition}; filename*=UTF-8''{quote(name, safe='')}"
    )
