"""Why a call came to nothing, in words that tell an operator where to look.

The libraries between tell it badly: aiohttp's refusals arrive as time-outs. What the
operating system or OpenSSL said is further down the chain of causes.
"""

import errno
import socket
import ssl
from collections.abc import Iterator
from itertools import islice

import aiohttp

_DEEPEST = 20
_UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL})


def to_reason(error: BaseException) -> str:
    """Tell it without an address: certificate, name, refusal, time or break."""
    causes = list(islice(_causes(error), _DEEPEST))
    for cause in causes:
        reason = _to_reason(cause)
        if reason is not None:
            return reason
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return "no connection, or no answer in time"
    return "no connection, or it broke off"


def _to_reason(cause: BaseException) -> str | None:  # noqa: PLR0911  # a table
    match cause:
        case aiohttp.ClientError():  # of a kind with what it hides
            return None
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {cause.verify_message}"
        case ssl.SSLError():
            return "no TLS connection: it speaks another protocol, or refuses ours"
        case socket.gaierror():
            return "its name cannot be resolved"
        case ConnectionRefusedError():
            return "it refused the connection"
        case OSError(errno=number) if number in _UNREACHABLE:
            return "there is no way to its address"
        case _:
            return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and what caused it, nearest first."""
    seen: set[int] = set()
    left: list[BaseException] = [error]
    while left:
        one = left.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = (getattr(one, "os_error", None), one.__cause__, one.__context__)
        left += [cause for cause in inner if isinstance(cause, BaseException)]
        if isinstance(one, BaseExceptionGroup):
            left += one.exceptions
