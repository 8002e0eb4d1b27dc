"""Calls to servers of ours on this machine, and waiting for what they do."""

import json
import time
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

FAULTS = (OSError, HTTPException, ValueError)
"""What a call raises that failed: a status over 299 too, or half an answer."""

_BOUND_SECONDS = 180.0
_STEP_SECONDS = 0.05
_open = build_opener(ProxyHandler({})).open


def get(address: str, body: bytes | None = None) -> dict[str, Any]:
    """Ask for JSON; with a body it is a POST."""
    with _open(Request(address, data=body), timeout=60) as answer:  # noqa: S310
        read: dict[str, Any] = json.loads(answer.read())
        return read


def wait_until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _BOUND_SECONDS
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(f"waited in vain for {what}")
        time.sleep(_STEP_SECONDS)


def does_hold(ask: Callable[[], bool]) -> bool:
    """Ask servers that may not be there yet."""
    try:
        return ask()
    except FAULTS:
        return False
