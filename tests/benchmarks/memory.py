"""(d) A worker's resident memory after 10,000 different pages, default cache bound."""

from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.benchmarks import configuration, stand
from tests.benchmarks.outcome import Outcome

PAGES = 10_000
ACCOUNTS = 8
MOST_MB = 235.0
"""What it takes at the start, and `memory_bytes` with a tenth."""


def measure(folder: Path) -> Outcome:
    """Crawl one long list as several accounts, whose pages are all kept apart."""
    pages_each = PAGES // ACCOUNTS
    with ExitStack() as stack:
        address = stack.enter_context(
            stand.sandbox("hyper3d", 24 * (pages_each + 1))
        ).address
        tokens = [_log_in(address) for _ in range(ACCOUNTS)]
        config = configuration.write(
            folder, {"hyper3d": address}, cache="fresh_seconds = 3600", tokens=tokens
        )
        gateway = stack.enter_context(stand.gateway(config))
        client = stack.enter_context(httpx.Client(base_url=gateway.address, timeout=60))
        client.get("/health/live").raise_for_status()
        before = stand.worker_memory_bytes(gateway.process_id)
        for index in range(ACCOUNTS):
            _crawl(client, f"{configuration.KEY}{index}", pages_each)
        after = stand.worker_memory_bytes(gateway.process_id)
    line = (
        f"resident after {PAGES} different pages: {after / 1e6:.0f} MB"
        f" (before: {before / 1e6:.0f} MB)"
    )
    return Outcome(line, after / 1e6, MOST_MB)


def _log_in(address: str) -> str:
    body = {"email": "demo@example.com", "password": "demo"}
    answer = httpx.post(f"{address}/api/user/login", json=body).raise_for_status()
    token: str = answer.json()["token"]
    return token


def _crawl(client: httpx.Client, key: str, pages: int) -> None:
    cursor = None
    for _ in range(pages):
        answer = client.get(
            "/v1/gallery",
            params={} if cursor is None else {"cursor": cursor},
            headers={"Authorization": f"Bearer {key}"},
        )
        page = answer.raise_for_status().json()
        if len(page["items"]) != 24:
            raise RuntimeError("a page is not full")
        cursor = page["next_cursor"]
