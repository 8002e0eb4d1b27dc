"""What a Redis refuses, though it is there: each told once, with the reason."""

import re

import structlog
from redis.exceptions import (
    AskError,
    ClusterCrossSlotError,
    ClusterError,
    NoPermissionError,
    RedisError,
)

CLUSTER = "it is a cluster, and this address names one node of it"
NO_CLUSTER = "it is no cluster"
_NO_MASTER = "its sentinels know no master of that name"
_NAMED = re.compile(r"'([a-z]+)[|a-z]*' command")
_CLUSTERED = (AskError, ClusterCrossSlotError, ClusterError)

log = structlog.get_logger()


def to_reason(error: RedisError, command: str) -> str | None:
    """Return why a command is refused; None: it is not, whatever else went wrong."""
    if isinstance(error, _CLUSTERED):
        return CLUSTER
    if isinstance(error, NoPermissionError):
        if "channel" in str(error).lower():
            return "its user has no right to our channel (PREFIXnews)"
        named = _NAMED.search(str(error).lower())
        return f"its user may not use {named[1].upper() if named else command}"
    return _to_absence(str(error).lower(), command)


def _to_absence(text: str, command: str) -> str | None:
    """Return what a server says that it has not."""
    if text.startswith("unknown command"):
        return "it is no sentinel" if "sentinel" in text else f"it knows no {command}"
    if "cluster support disabled" in text:
        return NO_CLUSTER
    return _NO_MASTER if "no such master" in text else None


class Refusals:
    """The reasons that hold now, by command."""

    def __init__(self) -> None:
        self._reasons: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._reasons)

    def __str__(self) -> str:
        return "; ".join(sorted(set(self._reasons.values())))

    def note(self, command: str, reason: str) -> None:
        is_told = reason in self._reasons.values()
        self._reasons[command] = reason
        if not is_told:
            log.error("redis.refused", command=command, reason=reason)

    @property
    def is_cluster(self) -> bool:
        return CLUSTER in self._reasons.values()

    def forget_all(self) -> None:
        self._reasons.clear()

    def forget(self, command: str) -> None:
        """Take note that a command is allowed (again); a cluster allows some keys."""
        if self._reasons.get(command) != CLUSTER:
            self._reasons.pop(command, None)
