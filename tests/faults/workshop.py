"""Two gateways over one Redis and one avatar sandbox, which takes tasks."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct

from providers.avatar.examples import IMAGE_TASK
from tests import plain
from tests.faults.replicas import start
from tests.faults.slow_line import running_line
from tests.faults.test_redis import House
from tests.stack.gateways import KEY, Gateway, document, tell, traffic, write
from tests.stack.processes import (
    BOUND_SECONDS,
    Commands,
    starting_commands,
    wait_until,
)
from tests.tcp_ports import reserve_port

SUBMIT = "POST /generate"
SCOPES = ["gallery:read", "jobs:write", "account:read", "account:write"]
_keys = count(1)


def new_key() -> str:
    return f"key-{next(_keys)}"


class Workshop(Struct, frozen=True, kw_only=True):
    """The gateways and what is behind them; `away` is where the provider `gone` is not."""

    gateways: list[Gateway]
    avatar: str
    house: House
    commands: Commands
    configuration: Path
    away: int

    def operate(  # noqa: PLR0913  # each one may differ
        self,
        place: int | Gateway,
        key: str | None = None,
        operation: str = "generate",
        *,
        body: object = IMAGE_TASK,
        provider: str = "avatar",
        timeout: float = BOUND_SECONDS,
    ) -> httpx.Response:
        gateway = self.gateways[place] if isinstance(place, int) else place
        return plain.post(
            f"{gateway.address}/v1/providers/{provider}/operations/{operation}",
            json=body,
            headers={"x-api-key": KEY, **({"idempotency-key": key} if key else {})},
            timeout=timeout,
        )

    def submit(self, place: int = 0) -> str:
        """Submit a task; return the job's id."""
        answer = self.operate(place)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def follow(
        self, place: int | Gateway, job_id: str, wait: int | None = None
    ) -> httpx.Response:
        gateway = self.gateways[place] if isinstance(place, int) else place
        prefer = {} if wait is None else {"prefer": f"wait={wait}"}
        return plain.get(
            f"{gateway.address}/v1/jobs/{job_id}",
            headers={"x-api-key": KEY, **prefer},
            timeout=BOUND_SECONDS + (wait or 0),
        )

    def tell(self, what: str, **told: object) -> None:
        tell(self.avatar, what, **told)

    def calls(self, route: str) -> int:
        counted: int = traffic(self.avatar)["calls"].get(route, 0)
        return counted

    def tasks(self) -> list[str]:
        """Return the ids of all tasks that the upstream has taken."""
        answer = plain.get(f"{self.avatar}/_sandbox/tasks").json()
        ids: list[str] = answer["ids"]
        return ids

    def times_of(self, path: str) -> list[float]:
        """Return when each call to a path came, in seconds."""
        answer: Any = plain.get(f"{self.avatar}/_sandbox/calls").json()
        return [one["seconds"] for one in answer["calls"] if path in one["path"]]

    def outages(self) -> int:
        """Count how often a gateway has found Redis away."""
        return sum(one.command.err.count('"redis.away"') for one in self.gateways)

    def another(self) -> Gateway:
        """Start one more, which may be killed."""
        (gateway,) = start(self.commands, self.configuration, 1)
        return gateway

    def use_one_token(self) -> None:
        """Have all replicas use the same: without Redis each voids the others' tokens.

        A call whose token was refused is made again at once, with another one.
        """

        def is_one() -> bool:
            before, asked = traffic(self.avatar)["logins"], self.calls(SUBMIT)
            for place in range(len(self.gateways)):
                self.submit(place)
            calls = self.calls(SUBMIT) - asked
            logins = traffic(self.avatar)["logins"] - before
            return (calls, logins) == (len(self.gateways), 0)

        wait_until(is_one, "replicas to use one token")

    def until_all_is_well(self) -> None:
        def is_well() -> bool:
            ready = [one.get("/health/ready").json() for one in self.gateways]
            return all(one["store"] == "ok" for one in ready)

        wait_until(is_well, "Redis to be seen again")


@contextmanager
def running_workshop(folder: Path, **provider: object) -> Iterator[Workshop]:
    """Run it all; `provider` is what avatar's configuration has besides."""
    house = House(folder)
    with ExitStack() as stack:
        commands = stack.enter_context(starting_commands(folder))
        house.line = stack.enter_context(running_line(house.port))
        house.start()
        stack.callback(house.close)
        port, away = reserve_port(), reserve_port()
        avatar = f"http://127.0.0.1:{port}"
        sandbox = commands.start("sandbox", "avatar", "--port", str(port))
        sandbox.until_it_answers(f"{avatar}/_sandbox")
        whole = document(
            {"avatar": avatar},
            redis={
                "url": f"redis://127.0.0.1:{house.line.port}/0",
                "timeout_seconds": 1.0,
            },
            limits={"requests_per_minute": 1_000_000},
        )
        own = {"timeout_seconds": 2.0, "breaker_failures": 1_000_000, **provider}
        whole["providers"]["avatar"] |= own
        whole["providers"]["gone"] = {
            **whole["providers"]["avatar"],
            "plugin": "avatar",
            "base_url": f"http://127.0.0.1:{away}",
        }
        tenant = whole["tenants"][0]
        tenant["keys"][0]["scopes"] = SCOPES
        tenant["credentials"]["gone"] = tenant["credentials"]["avatar"]
        configuration = write(folder, whole)
        yield Workshop(
            gateways=start(commands, configuration, 2),
            avatar=avatar,
            house=house,
            commands=commands,
            configuration=configuration,
            away=away,
        )


@contextmanager
def mending(workshop: Workshop) -> Iterator[Workshop]:
    """Give it well, and leave it so."""
    workshop.house.mend()
    workshop.tell("reset")
    workshop.until_all_is_well()
    yield workshop
    workshop.house.mend()
    workshop.tell("reset")
