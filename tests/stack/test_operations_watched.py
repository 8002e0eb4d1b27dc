"""What is told of operations and jobs: counted, written down, traced."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from msgspec import Struct

from providers.avatar.examples import IMAGE_TASK
from tests import plain
from tests.stack.gateways import (
    CREDENTIAL,
    KEY,
    Gateway,
    document,
    serve,
    tell,
    write,
)
from tests.stack.processes import BOUND_SECONDS, starting_commands, wait_until
from tests.stack.receiver import Received, attributes_of, receiving
from tests.stack.scrapes import samples, scrape, until
from tests.tcp_ports import reserve_port

OPERATIONS, POLLS = "gallery_operations_total", "gallery_job_polls_total"
ROUTE = "/v1/providers/{name}/operations/{operation}"
PARENT = "00f067aa0ba902b7"
SECRET_KEY = "s3cret-idempotency-key"  # noqa: S105  # of a request


class Watched(Struct, frozen=True, kw_only=True):
    gateway: Gateway
    avatar: str
    port: int
    received: Received

    def operate(
        self, operation: str, body: object = None, **headers: str
    ) -> httpx.Response:
        path = f"/v1/providers/avatar/operations/{operation}"
        return plain.request(
            "GET" if body is None else "POST",
            self.gateway.address + path,
            json=body,
            headers={"x-api-key": KEY, **headers},
            timeout=BOUND_SECONDS,
        )

    def until(self, name: str, value: float, **labels: str) -> None:
        until(self.port, name, value, provider="avatar", **labels)

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = self.gateway.command.err.splitlines()
        events = [json.loads(line) for line in lines if line[:1] == "{"]
        return [event for event in events if event["event"] == name]


@pytest.fixture(scope="module")
def watched(
    running_sandboxes: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    """A gateway of this file's own, to which everything has happened once."""
    folder, port = tmp_path_factory.mktemp("watched"), reserve_port()
    avatar = running_sandboxes["avatar"]
    whole = document({"avatar": avatar}, server={"metrics_port": port})
    whole["tenants"][0]["keys"][0]["scopes"] = [
        "gallery:read",
        "jobs:write",
        "account:read",
        "account:write",
    ]
    tell(avatar, "reset")
    with receiving() as received, starting_commands(folder) as commands:
        environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": received.address,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        gateway = serve(commands, write(folder, whole), environment=environment)
        watched = Watched(gateway=gateway, avatar=avatar, port=port, received=received)
        _let_everything_happen(watched)
        yield watched


def _let_everything_happen(watched: Watched) -> None:
    trace = {"traceparent": f"00-{7:032x}-{PARENT}-01"}
    job = watched.operate("generate", IMAGE_TASK, **trace).json()
    for _ in range(2):
        watched.operate("update_user_info", {}, **{"idempotency-key": SECRET_KEY})
    watched.operate("generate", {"user_details": {}})
    watched.operate("generate", {"user_details": 1})
    watched.operate("get_user_info")
    watched.gateway.get(f"/v1/jobs/{job['id']}")
    tell(watched.avatar, "fail", path="/generate", status=500, count=1)
    watched.operate("generate", IMAGE_TASK)
    tell(watched.avatar, "fail", path="/generate", status=503, count=1)
    watched.operate("generate", IMAGE_TASK)
    tell(watched.avatar, "tasks/finish")


def test_operations_are_counted_by_what_became_of_them(watched: Watched) -> None:
    for outcome in ("ok", "refused", "unknown", "unavailable"):
        watched.until(OPERATIONS, 1, operation="generate", outcome=outcome)
    for outcome in ("ok", "replayed"):
        watched.until(OPERATIONS, 1, operation="update_user_info", outcome=outcome)
    watched.until(OPERATIONS, 1, operation="get_user_info", outcome="ok")
    watched.until(OPERATIONS, 0, operation="upload_clothes", outcome="ok")
    watched.until(POLLS, 1, outcome="ok")
    watched.until(POLLS, 0, outcome="unavailable")


def test_their_labels_are_few(watched: Watched) -> None:
    labels = [sample.labels for sample in samples(watched.port, OPERATIONS)]

    assert len(labels) == 12 * 8
    assert all(set(one) == {"provider", "operation", "outcome"} for one in labels)
    assert SECRET_KEY not in scrape(watched.port)


def test_each_that_was_to_change_something_leaves_a_line(watched: Watched) -> None:
    told = [
        (event["provider"], event["operation"], event["outcome"])
        for event in watched.events("operation.ended")
    ]

    assert told == [
        ("avatar", "generate", "ok"),
        ("avatar", "update_user_info", "ok"),
        ("avatar", "update_user_info", "replayed"),
        ("avatar", "generate", "refused"),
        ("avatar", "generate", "unknown"),
        ("avatar", "generate", "unavailable"),
    ]
    assert all(event["request_id"] for event in watched.events("operation.ended"))


def test_no_line_has_a_key_an_address_or_an_e_mail(watched: Watched) -> None:
    output = watched.gateway.command.err

    assert SECRET_KEY not in output
    assert KEY not in output
    assert CREDENTIAL["avatar"]["email"] not in output
    assert not [
        event
        for event in watched.events("operation.ended")
        if watched.avatar in json.dumps(event)
    ]


def test_the_calls_of_an_operation_belong_to_its_request(watched: Watched) -> None:
    received = watched.received

    def found() -> list[Any]:
        spans = received.named(f"POST {ROUTE}")
        return [span for span in spans if span.trace_id.hex() == f"{7:032x}"]

    wait_until(lambda: bool(found()), "the request's span")
    (request,) = found()
    wait_until(lambda: bool(received.children_of(request)), "its calls'")

    calls = received.children_of(request)
    assert {call.name for call in calls} == {"POST avatar"}
    for call in calls:
        told = attributes_of(call)
        assert told["gallery.provider"] == "avatar"
        assert told["http.request.method"] == "POST"
