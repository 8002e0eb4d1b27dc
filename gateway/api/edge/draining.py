"""Before a process ends: callers are asked to take their next request elsewhere."""

_CLOSE = ((b"connection", b"close"),)


class Draining:
    """Once begun, every answer's `headers` close its connection."""

    headers: tuple[tuple[bytes, bytes], ...] = ()

    def begin(self) -> None:
        self.headers = _CLOSE
