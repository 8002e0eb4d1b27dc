"""Calls as httpx makes them: what both shells have in common."""

import random
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from gateway.client.core.errors import ConnectionFailedError, to_connection_failed
from gateway.client.core.exchange import Call, Policy, Reply
from gateway.plugin.model import Asset

_CONNECT_SECONDS = 5.0
_AGENT = "gallery-gateway-client"


class Address:
    """Where the gallery is, and the key to it, which goes nowhere else."""

    def __init__(self, url: str, key: str | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"an address begins with http:// or https://: {url!r}")
        if key is not None and not (key.isascii() and key.isprintable() and key):
            raise ValueError("a key is printable ASCII characters")
        self._root = url.rstrip("/")
        self._headers = {"user-agent": _AGENT}
        self._keyed = dict(self._headers)
        if key is not None:
            self._keyed["authorization"] = f"Bearer {key}"

    def to_request(self, call: Call, policy: Policy) -> dict[str, Any]:
        """Return what httpx builds a request from; links need no key, and get none."""
        seconds = call.timeout_seconds or policy.timeout_seconds
        return {
            "method": call.method,
            "url": self._to_url(call),
            "headers": {
                **(self._headers if call.is_link else self._keyed),
                **call.headers,
            },
            "content": call.content,
            "timeout": httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)),
        }

    def _to_url(self, call: Call) -> str:
        if call.is_link:
            return urljoin(f"{self._root}/", call.target)
        query = f"?{urlencode(call.query)}" if call.query else ""
        return f"{self._root}{call.target}{query}"


class Bound:
    """How long an answer may go on coming, since its bytes may trickle."""

    def __init__(self, call: Call, policy: Policy) -> None:
        self._clock = policy.clock
        self._end = policy.clock() + (call.timeout_seconds or policy.timeout_seconds)

    def hold(self) -> None:
        """Raise `ConnectionFailedError` once it has taken too long."""
        if self._clock() > self._end:
            raise to_connection_failed("the answer took too long")


def to_policy(timeout_seconds: float, retries: int) -> Policy:
    return Policy(
        timeout_seconds=timeout_seconds,
        retries=retries,
        clock=time.monotonic,
        jitter=random.random,
    )


def to_head(response: httpx.Response) -> Reply:
    return Reply(status=response.status_code, headers=response.headers)


def to_reply(head: Reply, chunks: Iterable[bytes]) -> Reply:
    content = b"".join(chunks)
    return Reply(status=head.status, headers=head.headers, content=content)


def to_link(asset: Asset | str) -> str:
    """Return where an asset's file is.

    Raises:
        ValueError: it has none.
    """
    link = asset if isinstance(asset, str) else asset.url
    if link is None:
        raise ValueError("the asset has no file")
    return link


def to_failed(error: httpx.RequestError) -> ConnectionFailedError:
    """Translate what httpx raises; its words name no address."""
    kind = type(error).__name__
    reason = str(error)
    return to_connection_failed(f"{kind}: {reason}" if reason else kind)
