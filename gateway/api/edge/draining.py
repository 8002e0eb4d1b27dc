"""Before a process ends: callers are asked to take their next request elsewhere."""

_CLOSE = ((b"connection", b"close"),)


class Draining:
    """Once begun, every answer's `headers` close its connection."""

    headers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def has_begun(self) -> bool:
        """Return whether who waits for news is better answered now."""
        return bool(self.headers)

    def begin(self) -> None:
        self.headers = _CLOSE
