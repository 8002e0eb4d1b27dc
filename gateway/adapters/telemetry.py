"""Logs: JSON lines, or colours on a terminal; secrets and e-mail addresses never."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TypeAlias

import msgspec
import structlog
from structlog.typing import Processor, WrappedLogger

from gateway.core.privacy import redact_emails

_SECRET_NAME = re.compile(
    r"token|password|secret|authorization|api_?key|cookie|credential|cursor",
    re.IGNORECASE,
)
_QUERY = re.compile(r"(\w+://[^\s?#\"'<>]*)[?#][^\s\"'<>]*")
_USER = re.compile(r"(\w+://)[^\s/@\"'<>]+@")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+")
REDACTED = "[redacted]"

Event: TypeAlias = MutableMapping[str, Any]


def configure(*, level: int = logging.INFO) -> None:
    """Send all logs, the standard library's too, to the standard error stream."""
    is_terminal = sys.stderr.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
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


def redact(_logger: WrappedLogger, _method: str, event: Event) -> Event:
    """Hide what a log line must not show, whatever field it came in."""
    for name, value in event.items():
        event[name] = _hide(name, value)
    return event


def _hide(name: str, value: Any) -> Any:
    if _SECRET_NAME.search(name):
        return REDACTED
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {key: _hide(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_hide(name, inner) for inner in value]
    return value


def redact_text(text: str) -> str:
    """Hide addresses' queries and users, bearer tokens and e-mail addresses."""
    if ":" not in text and "@" not in text and " " not in text:
        return text
    text = _USER.sub(r"\1", _QUERY.sub(rf"\1?{REDACTED}", text))
    return redact_emails(_BEARER.sub(rf"\1 {REDACTED}", text))


def _to_renderer(*, is_terminal: bool) -> Processor:
    if is_terminal:
        return structlog.dev.ConsoleRenderer()
    return structlog.processors.JSONRenderer(serializer=_to_json)


def _to_json(event: Event, **_options: object) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()
