"""When a call is made again: what may be repeated, a few times, within its time."""

from msgspec import structs

from gateway.client.core.decoding import to_refusal
from gateway.client.core.errors import (
    ConnectionFailedError,
    GatewayError,
    RateLimitedError,
    UnavailableError,
)
from gateway.client.core.exchange import Call, Flow, Policy, Reply

_REFUSED = 400
_FIRST_SECONDS = 0.1
_LONGEST_SECONDS = 3.0
_IN_PROGRESS = "idempotency-in-progress"
_RUNNING_SECONDS = 0.5
"""How long to wait for a call of ours that is still running, again and again."""


def asking(call: Call, policy: Policy, *, has_patience: bool = True) -> Flow[Reply]:
    """Make a call, and again where that may help; return what is no refusal.

    All of it takes `timeout_seconds` at most, after the call's own pause. Without
    patience only what failed on its way is made again, and nothing is waited for that is
    told to come later.

    Raises:
        GatewayError: it was refused, or failed to the last.
    """
    bound = call.timeout_seconds or policy.timeout_seconds
    end = policy.clock() + call.after_seconds + bound
    left = policy.retries if call.is_repeatable else 0
    while True:
        try:
            seconds = max(end - policy.clock() - call.after_seconds, 0.001)
            reply = yield structs.replace(call, timeout_seconds=seconds)
            if reply.status < _REFUSED:
                return reply
            raise to_refusal(reply)
        except GatewayError as error:
            is_running = call.is_repeatable and error.code == _IN_PROGRESS
            pause = _RUNNING_SECONDS
            if not is_running:
                pause = to_pause(error, policy.retries - left, policy)
                left -= 1
            may_help = is_running or (left >= 0 and _may_help(error, has_patience))
            if not may_help or policy.clock() + pause >= end:
                raise
        call = structs.replace(call, after_seconds=pause)


def to_pause(error: GatewayError, tried: int, policy: Policy) -> float:
    """Return how long to wait: as the gateway said, else longer from try to try."""
    usual: float = min(_FIRST_SECONDS * 2**tried, _LONGEST_SECONDS)
    if error.retry_after_seconds:  # at once, it would be asked without end
        return error.retry_after_seconds + policy.jitter() * _FIRST_SECONDS
    return usual * (0.5 + policy.jitter())


def _may_help(error: GatewayError, has_patience: bool) -> bool:  # noqa: FBT001
    if isinstance(error, ConnectionFailedError):
        return True
    return has_patience and isinstance(error, RateLimitedError | UnavailableError)
