"""Paths as logs and problems may show them: whoever has a link's token has the file."""

import re

_LONGEST = 1_000
_SLASHES = re.compile(r"/{2,}")
_TOKEN = re.compile(r"(/media/)[^/]+", re.IGNORECASE)


def to_plain(path: str) -> str:
    """Spell a path as the router reads it, which takes many slashes for one."""
    return _SLASHES.sub("/", path) if "//" in path else path


def to_shown(path: str) -> str:
    """Leave a media link's token out, wherever in the path it stands; cut a long one."""
    if len(path) > _LONGEST:
        path = f"{path[:_LONGEST]}…"
    if "/media/" not in path.lower():  # as most have none, which shows at a glance
        return path
    return _TOKEN.sub(r"\1[token]", path)
