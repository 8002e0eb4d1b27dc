"""Paths as logs and problems may show them: whoever has a link's token has the file."""

import re

_LONGEST = 1_000
_SLASHES = re.compile(r"/{2,}")
_TOKEN = re.compile(
    r"(/[^/]*media[^/]*/)[^/]+"  # a link's, however the path before it is spelt
    r"|(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43,}",  # whatever is as long as 32 bytes
    re.IGNORECASE,
)
_LEAST = 43
"""Where a path is shorter than a token, none can be in it but behind `media`."""


def to_plain(path: str) -> str:
    """Spell a path as the router reads it, which takes many slashes for one."""
    return _SLASHES.sub("/", path) if "//" in path else path


def to_shown(path: str) -> str:
    """Leave out what may be a token, wherever in the path it stands; cut a long one."""
    if len(path) > _LONGEST:
        path = f"{path[:_LONGEST]}…"
    if len(path) < _LEAST and "media" not in path.lower():
        return path  # as most are, which shows at a glance
    return _TOKEN.sub(lambda found: f"{found[1] or ''}[token]", path)
