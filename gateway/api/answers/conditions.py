"""Tags, and the answer to who has the same already: the one place of 304 (RFC 9110, 13)."""

import hashlib
from collections.abc import Mapping

from gateway.api.answers.plain import Headers, Plain
from gateway.concurrency.aside import aside

_EASY = 20
"""How many bytes are as easy to digest as one is to read."""


def to_etag(body: bytes) -> str:
    """Tag a body, weakly: compressed or not, it is the same."""
    return f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'


async def to_etag_aside(body: bytes) -> str:
    """Tag a body, beside other work where that takes long."""
    return await aside(len(body) // _EASY, lambda: to_etag(body))


def is_known(etag: str, sent: Mapping[str, str]) -> bool:
    """Compare a tag weakly with `If-None-Match` among what the caller sent (13.1.2)."""
    given = sent.get("if-none-match")
    if given is None:
        return False
    known = {tag.strip().removeprefix("W/") for tag in given.split(",")}
    return "*" in known or etag.removeprefix("W/") in known


def to_unchanged(headers: Headers) -> Plain:
    """Answer that it is the same as before; `headers` are those of the whole."""
    return Plain(304, headers)
