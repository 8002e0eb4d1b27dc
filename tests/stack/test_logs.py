"""What a running gateway writes down."""

import json
from pathlib import Path
from typing import Any

from tests import plain
from tests.stack.gateways import CREDENTIAL, KEY, Gateway, document, serve, tell, write
from tests.stack.processes import Commands


def events_of(gateway: Gateway) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gateway.command.err.splitlines()]


def test_a_request_leaves_one_line_without_its_query(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    gateway = serve(commands, write(tmp_path, document(sandboxes)))
    headers = {"authorization": f"Bearer {KEY}", "x-request-id": "mine-1"}

    plain.get(f"{gateway.address}/v1/gallery?q=s3cret-words", headers=headers)
    gateway.command.end()

    (line,) = (e for e in events_of(gateway) if e.get("request_id") == "mine-1")
    assert line["event"] == "request"
    assert line["method"] == "GET"
    assert line["path"] == "/v1/gallery"
    assert line["status"] == 200
    assert line["milliseconds"] > 0
    assert "s3cret" not in gateway.command.err


def test_a_failing_upstream_is_told_without_a_secret(
    commands: Commands, sandboxes: dict[str, str], tmp_path: Path
) -> None:
    whole = document(sandboxes)
    whole["tenants"][0]["credentials"]["piktid"] = {"token": "s3cret-but-wrong"}
    gateway = serve(commands, write(tmp_path, whole))
    tell(sandboxes["avatar"], "fail", status=503, body="s3cret@example.com")

    page = gateway.page()
    ended = gateway.command.end()

    failed = [e for e in events_of(gateway) if e["event"] == "provider.failed"]
    assert page["items"]
    assert {e["provider"]: e["code"] for e in failed} == {
        "avatar": "upstream-unavailable",
        "piktid": "upstream-unauthorized",
    }
    assert all(e["level"] == "warning" for e in failed)
    shown = ended.out + ended.err
    assert "s3cret" not in shown
    assert CREDENTIAL["avatar"]["email"] not in shown
