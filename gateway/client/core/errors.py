"""What a call can come to, named by what the caller can do about it.

GatewayError
├── InvalidParameterError  mend what `errors` names
├── InvalidCursorError     start the crawl anew
├── UnauthorizedError      send a key, or another one
├── ForbiddenError         send a key with the scope that `detail` names
├── NotFoundError          ask for something else
├── RateLimitedError       ask again after `retry_after_seconds`
├── UnavailableError       likewise; `sources` says which providers are away
└── ConnectionFailedError  there was no whole answer, or none of the gateway's
"""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from gateway.client.core.exchange import Reply
from gateway.client.core.structs import Fault, Problem
from gateway.plugin.model import SourceReport

UNEXPECTED = "unexpected-answer"
"""The code of an answer that is none of the gateway's."""
CONNECTION_FAILED = "connection-failed"


class GatewayError(Exception):
    """Why a call failed; `status` is None where nothing was answered."""

    def __init__(
        self,
        problem: Problem,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(problem, retry_after_seconds)
        self.problem = problem
        self.retry_after_seconds = retry_after_seconds
        """How long to wait before asking again, where the gateway said so."""

    def __str__(self) -> str:
        faults = "; ".join(f"{fault.where}: {fault.message}" for fault in self.errors)
        upstream = self.problem.upstream
        words = upstream.detail if upstream else None
        explanation = ": ".join(
            str(text) for text in (self.detail or faults, words) if text
        )
        return f"{self.title}: {explanation}" if explanation else self.title

    @property
    def code(self) -> str:
        """The problem's code, as `invalid-cursor`: `/problems/CODE` explains it."""
        return self.problem.code

    @property
    def status(self) -> int | None:
        return self.problem.status

    @property
    def title(self) -> str:
        return self.problem.title

    @property
    def detail(self) -> str | None:
        return self.problem.detail

    @property
    def request_id(self) -> str | None:
        """What the gateway's log names this call."""
        return self.problem.request_id

    @property
    def errors(self) -> tuple[Fault, ...]:
        """What is wrong with the call, part by part."""
        return self.problem.errors or ()

    @property
    def sources(self) -> tuple[SourceReport, ...]:
        """How each provider fared, where that is why."""
        return self.problem.sources or ()


class InvalidParameterError(GatewayError):
    pass


class InvalidCursorError(GatewayError):
    pass


class UnauthorizedError(GatewayError):
    pass


class ForbiddenError(GatewayError):
    pass


class NotFoundError(GatewayError):
    pass


class RateLimitedError(GatewayError):
    pass


class UnavailableError(GatewayError):
    pass


class ConnectionFailedError(GatewayError):
    pass


_BY_CODE: Mapping[str, type[GatewayError]] = {
    "invalid-parameter": InvalidParameterError,
    "invalid-cursor": InvalidCursorError,
    "expired-cursor": InvalidCursorError,
    CONNECTION_FAILED: ConnectionFailedError,
}
_BY_STATUS: Mapping[int | None, type[GatewayError]] = {
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    429: RateLimitedError,
    503: UnavailableError,
}
_NO_GATEWAY = frozenset({502, 504})
"""What a proxy answers that finds no gateway, where it is no problem of the gateway's."""


def to_connection_failed(detail: str) -> ConnectionFailedError:
    title = "The gateway could not be reached, or its answer broke off"
    problem = Problem(code=CONNECTION_FAILED, title=title, detail=detail)
    return ConnectionFailedError(problem)


def to_unexpected(reply: Reply, detail: str) -> GatewayError:
    """Return the error of an answer that is not as the gateway answers."""
    return GatewayError(_to_unexpected(reply, detail))


def to_error(reply: Reply, problem: Problem | None) -> GatewayError:
    """Return the error of a refusal, by its problem if it has one, else by its status."""
    if problem is None:
        problem = _to_unexpected(reply, f"HTTP status {reply.status}")
        if reply.status in _NO_GATEWAY:
            return to_connection_failed(f"HTTP status {reply.status}")
    problem = _with_request(problem, reply)
    usual = _BY_STATUS.get(reply.status, GatewayError)
    kind = _BY_CODE.get(problem.code, usual)
    return kind(problem, to_retry_after(reply.headers))


def to_retry_after(headers: Mapping[str, str]) -> float | None:
    """Read `Retry-After`: seconds, or a date, which is held against the answer's own."""
    after = headers.get("retry-after", "").strip()
    if after.isascii() and after.isdigit():
        return float(after[:9])
    at, now = _to_moment(after), _to_moment(headers.get("date", ""))
    if at is None or now is None:
        return None
    return max(0.0, (at - now).total_seconds())


def _to_moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _to_unexpected(reply: Reply, detail: str) -> Problem:
    return Problem(
        code=UNEXPECTED,
        title="The answer is not the gateway's",
        status=reply.status,
        detail=detail,
        request_id=reply.headers.get("x-request-id"),
    )


def _with_request(problem: Problem, reply: Reply) -> Problem:
    """Fill in what a problem left out that the answer tells all the same."""
    if problem.status is not None and problem.request_id:
        return problem
    return Problem(
        code=problem.code,
        title=problem.title,
        status=problem.status or reply.status,
        detail=problem.detail,
        request_id=problem.request_id or reply.headers.get("x-request-id"),
        errors=problem.errors,
        sources=problem.sources,
    )
