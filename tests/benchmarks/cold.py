"""(b) A cold page of 24 with three upstreams of 100 ms each: the time on top of the slowest."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.benchmarks import configuration, stand
from tests.benchmarks.handler import measure_handler
from tests.benchmarks.outcome import Outcome
from tests.benchmarks.spread import to_spread

DELAY_SECONDS = 0.1
ROUNDS = 40
BOUND = 300.0
"""In handler times."""
COLD = "fresh_seconds = 0\nstale_while_revalidate_seconds = 0"


def measure(folder: Path) -> Outcome:
    """Time cold pages and each upstream alone, in turns."""
    with ExitStack() as stack:
        addresses = {
            name: stack.enter_context(stand.sandbox(name, 240)).address
            for name in stand.PROVIDERS
        }
        config = configuration.write(folder, addresses, cache=COLD)
        gateway = stack.enter_context(stand.gateway(config)).address
        client = stack.enter_context(
            httpx.Client(base_url=gateway, headers=configuration.HEADERS, timeout=30)
        )
        upstreams = [_Upstream(name, address) for name, address in addresses.items()]
        for upstream in upstreams:
            stack.callback(upstream.client.close)
            upstream.delay()
        body = client.get("/v1/gallery").raise_for_status().content
        pages: list[float] = []
        alone: dict[str, list[float]] = {name: [] for name in addresses}
        for _ in range(ROUNDS):
            pages.append(_time(lambda: client.get("/v1/gallery")))
            for name, upstream in zip(alone, upstreams, strict=True):
                alone[name].append(_time(upstream.read))
    page = to_spread(pages)
    slowest = max(map(to_spread, alone.values()))
    over = page.p50_ms - slowest.p50_ms
    handler = measure_handler(folder, body)
    line = (
        f"cold page: {page}; the slowest upstream asked alone {slowest}:"
        f" {handler.tell(over)} on top at the median, ratio"
        f" {page.p50_ms / slowest.p50_ms:.2f}"
    )
    return Outcome(line, handler.count(over), BOUND)


class _Upstream:
    """A sandbox read without the gateway, as the ready account does."""

    def __init__(self, name: str, address: str) -> None:
        self._name = name
        self.client = httpx.Client(base_url=address, timeout=30)
        self.client.headers["Authorization"] = f"Bearer {self._log_in()}"

    def _log_in(self) -> str:
        if self._name == "piktid":
            return "demo"
        # Avatar has one token an account: this one is the benchmark's own account's
        if self._name == "avatar":
            own = {
                "email": "own@example.com",
                "full_name": "Own",
                "date_of_birth": 0,
                "ethnicity": "",
                "gender": "",
            }
            self.client.post("/register", json=own).raise_for_status()
            answer = self.client.post("/login", json={"email": own["email"]})
        else:
            body = {"email": "demo@example.com", "password": "demo"}
            answer = self.client.post("/api/user/login", json=body)
        answer.raise_for_status()
        token: str = answer.json()["token"]
        return token

    def delay(self) -> None:
        rule = {"seconds": DELAY_SECONDS}
        self.client.post("/_sandbox/delay", json=rule).raise_for_status()

    def read(self) -> httpx.Response:
        match self._name:
            case "hyper3d":
                body = {"page_num": 0, "type": "Mine"}
                answer = self.client.post("/api/task/cards", json=body)
            case "piktid":
                params = {"page": 1, "per_page": 50, "max_images_per_job": 200}
                answer = self.client.get("/gallery/by-job", params=params)
            case _:
                answer = self.client.get("/get_gallery")
        return answer.raise_for_status()


def _time(call: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun
