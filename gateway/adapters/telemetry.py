"""Logs: JSON lines, or colours on a terminal; secrets and e-mail addresses never."""

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec
import stamina
import structlog
from structlog.typing import Processor, WrappedLogger

from gateway.adapters.clock import SystemClock
from gateway.plugin.foreign.privacy import (
    ADDRESS_MARK,
    REDACTED,
    has_query,
    redact_emails,
    redact_secrets,
)
from gateway.ports.clock import Clock

_TELLING = (
    r"(?:token|password|secret|authorization|api[-_]?key|signing[-_]?key|cookie"
    r"|credential|cursor)"
)
_SECRET_NAME = re.compile(_TELLING, re.IGNORECASE)
_WORD = re.compile(r"[^\s\"'<>]+")
_SUSPICIOUS = re.compile(r"[?#@=:%&\\\uFF20\uFE6B\s]")
"""What every text has that holds something to hide."""
_LONGEST = 20_000
"""Longer than any trace of calls."""
_PLAIN = frozenset({str, int, float})
_ENCODER = msgspec.json.Encoder(enc_hook=repr)

Event: TypeAlias = MutableMapping[str, Any]


def configure(*, level: int = logging.INFO) -> None:
    """Send all logs, the standard library's too, to the standard error stream.

    A retry is no event: what counts is how the call ended.
    """
    stamina.instrumentation.set_on_retry_hooks([])
    is_terminal = sys.stderr.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        redact,
        _Stamp(SystemClock()),
    ]
    structlog.configure(
        processors=[*shared, _to_renderer(is_terminal=is_terminal)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _to_renderer(is_terminal=is_terminal),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


class _Stamp:
    """Adds the time, whose seconds are spelt once a second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._second = 0
        self._spelt = ""

    def __call__(self, _logger: WrappedLogger, _method: str, event: Event) -> Event:
        now = self._clock.now()
        second = int(now)
        if second != self._second:
            moment = datetime.fromtimestamp(second, UTC)
            self._second, self._spelt = second, f"{moment:%Y-%m-%dT%H:%M:%S}"
        event["timestamp"] = f"{self._spelt}.{int((now - second) * 1e6):06d}Z"
        return event


def redact(_logger: WrappedLogger, _method: str, event: Event) -> Event:
    """Hide what a log line must not show, whatever field it came in."""
    for name, value in event.items():
        # most of an access line has nothing to hide, which shows at a glance
        if _is_telling(name) or type(value) not in _PLAIN or _looks_suspicious(value):
            event[name] = _hide(name, value)
    return event


def _looks_suspicious(value: Any) -> bool:
    return type(value) is str and _SUSPICIOUS.search(value) is not None


@lru_cache(maxsize=1_000)
def _is_telling(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _hide(name: str, value: Any) -> Any:
    if _is_telling(name):
        return REDACTED
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return redact_text(value)
        case Mapping():
            return {redact_text(str(k)): _hide(str(k), v) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_hide(name, inner) for inner in value]
    return redact_text(repr(value))


def redact_text(text: str) -> str:
    """Hide addresses' queries and users, named secrets, tokens and e-mail addresses.

    A long text is cut first: what hides takes its time for each character.
    """
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}… ({len(text)} characters)"
    if not _SUSPICIOUS.search(text):
        return text
    return redact_emails(redact_secrets(_WORD.sub(_redact_address, text)))


def _redact_address(match: re.Match[str]) -> str:
    """Hide the query of an address or a path, and an address's user and password."""
    word = match[0]
    scheme, mark, rest = word.partition("://")
    if mark and "@" in rest:
        word = f"{scheme}://{REDACTED}@{rest.rpartition('@')[2]}"
    place = re.split(r"[?#]", word, maxsplit=1)[0]
    if len(place) < len(word) and "/" in place:
        word = f"{place}?{REDACTED}"
    return ADDRESS_MARK if has_query(word) else word


def _to_renderer(*, is_terminal: bool) -> Processor:
    if is_terminal:
        plain = structlog.dev.plain_traceback
        return structlog.dev.ConsoleRenderer(exception_formatter=plain)
    return structlog.processors.JSONRenderer(serializer=to_json)


def to_json(event: Event, **_options: object) -> str:
    """Spell an event as one line, whatever is in it."""
    try:
        return _ENCODER.encode(event).decode()
    except (ValueError, OverflowError, TypeError):  # a half character, a huge number
        return json.dumps(event, default=repr)
