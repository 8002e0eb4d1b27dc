"""Traces over OTLP, from a whole process to a real receiver."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import plain
from tests.stack.gateways import KEY, Gateway, document, serve, tell, write
from tests.stack.processes import Commands, starting_commands, wait_until
from tests.stack.receiver import (
    CLIENT,
    SERVER,
    Received,
    attributes_of,
    noting,
    receiving,
)
from tests.tcp_ports import reserve_port

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEADERS = {"x-api-key": KEY, "traceparent": f"00-{TRACE}-{PARENT}-01"}
PAGE = "GET /v1/gallery"
ERROR = 2


def to_environment(address: str) -> dict[str, str]:
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_BSP_SCHEDULE_DELAY": "100"}


@pytest.fixture(scope="module")
def received() -> Iterator[Received]:
    with receiving() as received:
        yield received


@pytest.fixture(scope="module")
def gateway(
    received: Received,
    running_sandboxes: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("traced")
    path = write(folder, document(running_sandboxes))
    with starting_commands(folder) as commands:
        environment = to_environment(received.address)
        yield serve(commands, path, environment=environment)


def until_named(received: Received, name: str, trace: str = TRACE) -> list[Any]:
    def found() -> list[Any]:
        spans = received.named(name)
        return [span for span in spans if span.trace_id.hex() == trace]

    wait_until(lambda: bool(found()), f"a span {name}")
    return found()


def test_a_page_is_one_trace_that_goes_on_with_the_callers(
    commands: Commands, received: Received, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    """Of a gateway of its own: nobody else has asked it for the page."""
    path = write(tmp_path, document(sandboxes))
    gateway = serve(commands, path, environment=to_environment(received.address))
    trace = f"{4:032x}"
    headers = {**HEADERS, "traceparent": f"00-{trace}-{PARENT}-01"}

    answer = plain.get(f"{gateway.address}/v1/gallery", headers=headers)

    (request,) = until_named(received, PAGE, trace)
    sources = received.children_of(request)
    assert answer.status_code == 200
    assert request.parent_span_id.hex() == PARENT
    assert request.kind == SERVER
    assert attributes_of(request) == {
        "http.request.method": "GET",
        "http.route": "/v1/gallery",
        "http.response.status_code": 200,
    }
    assert {source.name for source in sources} == {
        "source hyper3d",
        "source avatar",
        "source piktid",
    }
    for source in sources:
        provider = attributes_of(source)["gallery.provider"]
        calls = received.children_of(source)
        assert attributes_of(source)["gallery.source.state"] == "fresh"
        assert calls
        assert {call.kind for call in calls} == {CLIENT}
        assert {attributes_of(call)["gallery.provider"] for call in calls} == {provider}


def test_what_sends_it_is_named(gateway: Gateway, received: Received) -> None:
    gateway.get("/health/live")

    wait_until(lambda: bool(received.named("GET /health/live")), "the span")
    assert received.resources[0]["service.name"] == "gallery-gateway"


def test_a_rendered_page_and_an_unknown_path_are_spans_of_their_own(
    gateway: Gateway, received: Received, sandboxes: dict[str, str]
) -> None:
    traces = [f"{number:032x}" for number in (1, 2, 3)]
    for trace, path in zip(
        traces, ("/v1/gallery", "/v1/gallery", "/s3cret"), strict=True
    ):
        headers = {**HEADERS, "traceparent": f"00-{trace}-{PARENT}-01"}
        plain.get(gateway.address + path, headers=headers)

    (unknown,) = until_named(received, "GET", traces[2])
    (rendered,) = until_named(received, PAGE, traces[1])
    assert attributes_of(unknown)["http.response.status_code"] == 404
    assert not received.children_of(rendered)


def test_a_call_that_fails_is_an_error_without_its_words(
    gateway: Gateway, received: Received, sandboxes: dict[str, str]
) -> None:
    tell(sandboxes["piktid"], "fail", status=403, count=1)
    trace = f"{77:032x}"
    headers = {**HEADERS, "traceparent": f"00-{trace}-{PARENT}-01"}

    plain.get(
        f"{gateway.address}/v1/gallery",
        params={"piktid.project_id": 7, "provider": "piktid"},
        headers=headers,
    )

    (source,) = until_named(received, "source piktid", trace)
    (call,) = received.children_of(source)
    assert attributes_of(source)["gallery.source.state"] == "unavailable"
    assert attributes_of(call)["error.type"] == "rejected"
    assert call.status.code == ERROR
    assert not call.events


def test_the_log_names_the_trace(gateway: Gateway, received: Received) -> None:
    plain.get(f"{gateway.address}/health/live", headers=HEADERS)

    def lines() -> list[dict[str, Any]]:
        shown = [json.loads(line) for line in gateway.command.err.splitlines()]
        return [line for line in shown if line.get("trace_id") == TRACE]

    wait_until(lambda: bool(lines()), "a line of this trace")
    assert lines()[0]["event"] == "request"


def test_the_trace_is_passed_on_upstream_and_nothing_secret_is_told(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    with receiving() as received, noting(sandboxes["avatar"]) as (address, noted):
        path = write(tmp_path, document({"avatar": address}))
        gateway = serve(commands, path, environment=to_environment(received.address))
        plain.get(f"{gateway.address}/v1/gallery?q=s3cret", headers=HEADERS)
        page = gateway.page(limit=1)
        link = page["items"][0]["assets"][0]["url"]
        plain.get(gateway.address + link, headers=HEADERS)
        until_named(received, "GET /v1/media/{token}/{filename}")
        gateway.command.end()

        calls = {span.span_id.hex() for span in received.spans if span.kind == CLIENT}
        passed = [headers["traceparent"].split("-") for headers in noted]
        assert passed
        assert {parent for _, _, parent, _ in passed} <= calls
        assert TRACE in {trace for _, trace, _, _ in passed}
        tokens = {
            headers["authorization"].removeprefix("Bearer ")
            for headers in noted
            if "authorization" in headers
        }
        assert tokens
        for secret in (*tokens, "s3cret", KEY, "demo@example.com", link.split("/")[3]):
            assert secret not in received.text


def test_the_last_spans_are_sent_at_the_end(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    with receiving() as received:
        environment = to_environment(received.address)
        environment["OTEL_BSP_SCHEDULE_DELAY"] = "60000"
        path = write(tmp_path, document(sandboxes))
        gateway = serve(commands, path, environment=environment)
        gateway.page(limit=3)

        ended = gateway.command.end()

        assert ended.code == 0
        assert received.named(PAGE)


def test_a_receiver_that_is_away_keeps_nobody_from_an_answer_or_the_end(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    environment = to_environment(f"http://127.0.0.1:{reserve_port()}")
    path = write(tmp_path, document(sandboxes))
    gateway = serve(commands, path, environment=environment)
    page = gateway.page()

    begun = time.monotonic()
    ended = gateway.command.end()

    assert page["items"]
    assert ended.code == 0
    assert time.monotonic() - begun < 9


def test_without_the_extra_it_says_so_and_serves(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "hides").mkdir()
    hiding = "import sys; sys.modules['opentelemetry.sdk'] = None"
    (tmp_path / "hides" / "sitecustomize.py").write_text(hiding)
    environment = {
        **to_environment("http://127.0.0.1:9"),
        "PYTHONPATH": str(tmp_path / "hides"),
    }

    path = write(tmp_path, document(sandboxes))
    gateway = serve(commands, path, environment=environment)

    assert gateway.page()["items"]
    assert "tracing.missing" in gateway.command.err
    assert "Traceback" not in gateway.command.err
