"""What a gallery request says in its headers, and what the answer says in its own."""

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from gateway.gallery.gallery import Answer
from gateway.plugin.model import GalleryPage

HEADERS: Mapping[str, str] = {
    "cache-control": "private, no-cache",
    "vary": "Accept-Encoding, Authorization, X-API-Key, Prefer",
}
"""What every gallery answer says."""

_WAIT = re.compile(
    r"(?:^|[,;])\s*wait\s*=\s*\"?([0-9]{1,4})\"?\s*(?:$|[,;])", re.IGNORECASE
)
_NO_CACHE = re.compile(r"(?:^|,)\s*no-cache\s*(?:$|,)", re.IGNORECASE)
_MOST_WAIT_SECONDS = 30
_HIT = "gallery-gateway; hit"
UNREAD = ((b"cache-status", _HIT.encode()),)
"""What is said, as ASGI spells it, of an answer for which no upstream page was read."""


def to_wait(headers: Mapping[str, str]) -> int | None:
    """Read `Prefer: wait=N`; what is not understood is ignored, as RFC 7240 says."""
    found = _WAIT.search(headers.get("prefer", ""))
    return None if found is None else min(int(found[1]), _MOST_WAIT_SECONDS)


def wants_anew(headers: Mapping[str, str]) -> bool:
    """Return whether the caller refuses what is cached."""
    return bool(_NO_CACHE.search(headers.get("cache-control", "")))


@lru_cache(maxsize=4_096)
def spell_times(age: int, ttl: int) -> tuple[tuple[bytes, bytes], ...]:
    """Return age and freshness of what the cache had, as ASGI spells it."""
    return (
        (b"age", b"%d" % max(0, age)),
        (b"cache-status", b"%s; ttl=%d" % (_HIT.encode(), ttl)),
    )


def to_age(oldest_at: float | None, now: float) -> dict[str, str]:
    """Return the whole seconds since the oldest upstream page was asked for."""
    return {} if oldest_at is None else {"age": str(max(0, int(now - oldest_at)))}


def to_link(public_url: str, raw: bytes, page: GalleryPage) -> dict[str, str]:
    """Point to the next page: the same query with the next cursor."""
    if page.next_cursor is None:
        return {}
    pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if name != "cursor"]
    query = urlencode([*kept, ("cursor", page.next_cursor)])
    return {"link": f'<{public_url}/v1/gallery?{query}>; rel="next"'}


def to_timing(answer: Answer, *, is_kept: bool) -> dict[str, str]:
    """Return how long each source took; where the answer was kept, no time at all."""
    timings = (
        f"{source.provider};dur={0 if is_kept else answer.seconds[source.provider] * 1000:.1f}"
        f';desc="{source.state}"'
        for source in answer.page.sources
    )
    return {"server-timing": ", ".join(timings)}


def to_hit(fresh_until: float | None, now: float) -> dict[str, str]:
    """Tell that the cache had it, and for how long it is fresh (RFC 9211, 2.1 and 2.4).

    An answer for which no upstream page was read is nothing that ages.
    """
    ttl = "" if fresh_until is None else f"; ttl={round(fresh_until - now)}"
    return {"cache-status": f"{_HIT}{ttl}"}


def to_forward(*, is_anew: bool, is_joined: bool) -> dict[str, str]:
    """Tell that upstreams were asked, why, and if for others too (RFC 9211, 2.2, 2.6)."""
    reason = "request" if is_anew else "miss"
    collapsed = "; collapsed" if is_joined else ""
    return {"cache-status": f"gallery-gateway; fwd={reason}{collapsed}"}
