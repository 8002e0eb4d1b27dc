"""Calls that fail: whether they may have been carried out, and may be made again.

Only whoever sends knows how far a call has come; only whoever asked for it knows what
to make of that. Between the two are a plugin's functions, which need not pass it on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Sending:
    """What is known of the calls that were made within; at first, nothing was sent.

    `around` is told, too.
    """

    def __init__(self, around: "Sending | None" = None) -> None:
        self.may_have_changed = False
        self.around = around


_CURRENT: ContextVar[Sending | None] = ContextVar("sending", default=None)
_IS_ONCE: ContextVar[bool] = ContextVar("is_once", default=False)


@contextmanager
def watched() -> Iterator[Sending]:
    """Learn of the calls that are made within."""
    sending = Sending(_CURRENT.get())
    token = _CURRENT.set(sending)
    try:
        yield sending
    finally:
        _CURRENT.reset(token)


@contextmanager
def once() -> Iterator[None]:
    """Let no call within be made again by itself: whoever asked comes back for it."""
    token = _IS_ONCE.set(True)
    try:
        yield
    finally:
        _IS_ONCE.reset(token)


def is_once() -> bool:
    return _IS_ONCE.get()


def note_sent() -> None:
    """Tell that a call that changes something is on its way."""
    _note(may_have_changed=True)


def note_refused() -> None:
    """Tell that the answer to such a call says that it was not carried out."""
    _note(may_have_changed=False)


def _note(*, may_have_changed: bool) -> None:
    sending = _CURRENT.get()
    while sending is not None:
        sending.may_have_changed = may_have_changed
        sending = sending.around
