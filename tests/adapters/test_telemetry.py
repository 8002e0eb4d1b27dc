"""What a log line shows, and what it never does."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, strategies as st
from msgspec import Struct

from gateway.adapters.telemetry import REDACTED, redact, redact_text, to_json

REPOSITORY = Path(__file__).parents[2]
SECRET = "s3cr3t"  # noqa: S105  # what must not be shown
BOUND_SECONDS = 30
LOGGING = f"""
import logging, structlog, sys
from gateway.adapters import telemetry
telemetry.configure()
log = structlog.get_logger()
log.info("request", path="/v1", token="{SECRET}")
log.debug("not.shown")
try:
    raise ValueError("at https://u:{SECRET}@h.example/p?key={SECRET} for joe@{SECRET}.com")
except ValueError as error:
    log.exception("plugin.failed", provider="studio")
    log.error("request.failed", exc_info=error)
    logging.getLogger("foreign").exception("GET /list?x={SECRET}")
logging.getLogger("foreign").warning("sent Bearer %s", "{SECRET}")
logging.getLogger("foreign").info("not.shown")
log.info("request", odd=float("nan"), huge=10**30, half="\\ud800", many={{1, 2}})
"""


class Held(Struct):
    password: str


words = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)
texts = st.text()


def hide(value: object, name: str = "field") -> str:
    """Return the line of an event with one field."""
    return to_json(redact(None, "info", {name: value}))


@pytest.mark.parametrize(
    "text",
    [
        f"https://h.example/p?token={SECRET}",
        f"https://h.example/p#{SECRET}",
        f"https://{SECRET}@h.example/p",
        f"redis://:{SECRET}@127.0.0.1:6379/0",
        f"redis://user:{SECRET}/{SECRET}@127.0.0.1/0",
        f"redis://user:x@{SECRET}@127.0.0.1/0",
        f"redis://user:x?{SECRET}@127.0.0.1/0",
        f"GET /task/cards?after={SECRET} HTTP/1.1",
        f"Authorization: Bearer {SECRET}",
        f"authorization: basic\t{SECRET}==",
        f"Bearer 1|{SECRET}",
        f"X-API-Key: {SECRET}",
        f"token={SECRET}&x=1",
        f'{{"password": "{SECRET}"}}',
        f"Credential(token='{SECRET}')",
        f"{SECRET}@example.com",
        f"joe@{SECRET}.com",
        f"{SECRET}%40example.com",
        f"{SECRET}%2540example%2Ecom",
        f"{SECRET}\uff20example.com",
        f"{SECRET}\ufe6bexample.com",
        f"{SECRET}&#64;example.com",
        f"{SECRET}(x)@example.com",
        f"{SECRET}@[192.168.0.1]",
        f"https%3A%2F%2Fh.example%2Fp%3Fa%3D{SECRET}",
        rf"https:\/\/h.example\/p?a={SECRET}",
        f"127.0.0.1:80/p?a={SECRET}",
        f"h.example?a={SECRET}",
        f"signature: {SECRET}",
        f"key={SECRET}",
        f"<{SECRET}@example.com>, hello",
    ],
)
def test_a_secret_is_hidden_wherever_a_text_holds_it(text: str) -> None:
    shown = [
        hide(text),
        hide(f"it said: {text} again"),
        hide([text]),
        hide({text: 1}),
        hide({"inner": {"deeper": (text,)}}),
        hide({text}),
        hide(ValueError(text)),
        hide(text.encode()),
    ]

    assert not [line for line in shown if SECRET in line]


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "access_token",
        "Password",
        "client_secret",
        "authorization",
        "api_key",
        "x-api-key",
        "set-cookie",
        "credentials",
        "cursor",
        "signing_keys",
    ],
)
def test_a_field_with_a_secrets_name_is_hidden_at_every_depth(name: str) -> None:
    for value in (SECRET, [SECRET], {"a": SECRET}, Held(SECRET), 5):
        assert hide(value, name) == to_json({name: REDACTED})
        assert hide({name: value}) == to_json({"field": {name: REDACTED}})


def test_an_objects_own_words_are_hidden_as_texts_are() -> None:
    assert SECRET not in hide(Held(SECRET))
    assert SECRET not in hide([{"held": Held(SECRET)}])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "request",
        "/v1/gallery",
        "https://h.example:8000/p",
        "what is this? and that: 5",
        "it answered 503",
        "2026-01-01T00:00:00Z",
    ],
)
def test_a_text_without_secrets_stays(text: str) -> None:
    assert redact_text(text) == text


@given(before=texts, user=words, host=words, query=words, after=texts)
def test_no_address_keeps_its_query_or_its_user(
    before: str, user: str, host: str, query: str, after: str
) -> None:
    mark = "\N{SNOWMAN}"
    address = f"https://{mark}{user}:{mark}@{host}.example/p?{mark}{query}"

    assert mark not in redact_text(f"{before.replace(mark, '')} {address}") + (
        redact_text(f"{address} {after.replace(mark, '')}")
    )


@given(before=texts, token=words, after=texts)
def test_no_bearer_token_is_kept(before: str, token: str, after: str) -> None:
    hidden = f"{token}\N{SNOWMAN}"
    spelt = f"{before.replace(hidden, '')} Bearer {hidden} {after.replace(hidden, '')}"

    assert f"Bearer {hidden}" not in redact_text(spelt)


@given(text=texts)
def test_what_is_hidden_stays_hidden(text: str) -> None:
    once = redact_text(text)

    assert REDACTED not in text or REDACTED in redact_text(once)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | texts
        | st.binary()
        | st.characters(categories=["Cs"]),
        lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
        max_leaves=10,
    )
)
@example(10**30)
@example("\ud800")
def test_every_event_becomes_one_line_of_json(value: Any) -> None:
    line = hide(value)

    assert "\n" not in line
    assert "field" in json.loads(line)


@pytest.mark.parametrize(
    "unit", ["a", "://", "a://", "@", "a@", "token", "token ", "?"]
)
def test_hiding_takes_time_in_the_texts_length_alone(unit: str) -> None:
    assert len(redact_text(unit * 100_000)) > 0


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "-c", LOGGING],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=BOUND_SECONDS,
        check=True,
    )
    assert ended.stdout == ""
    assert SECRET not in ended.stderr
    return [json.loads(line) for line in ended.stderr.splitlines()]


def test_every_line_is_an_event_with_its_level_and_time(
    lines: list[dict[str, Any]],
) -> None:
    assert [line["level"] for line in lines] == [
        "info",
        "error",
        "error",
        "error",
        "warning",
        "info",
    ]
    assert all(line["timestamp"].endswith("Z") for line in lines)


def test_a_traceback_is_told_without_what_its_error_quotes(
    lines: list[dict[str, Any]],
) -> None:
    failed = [line for line in lines if "exception" in line]

    assert [line["event"] for line in failed[:2]] == ["plugin.failed", "request.failed"]
    assert len(failed) == 3
    for line in failed:
        assert "ValueError: at https://" in line["exception"]
        assert "h.example/p?[redacted]" in line["exception"]


def test_the_standard_librarys_loggers_are_heard_too(
    lines: list[dict[str, Any]],
) -> None:
    events = [line["event"] for line in lines]

    assert f"sent Bearer {REDACTED}" in events
    assert f"GET /list?{REDACTED}" in events


def test_a_terminal_is_shown_colours_and_no_secret() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        ended = subprocess.Popen(  # noqa: S603
            [sys.executable, "-W", "error", "-c", LOGGING],
            cwd=REPOSITORY,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        shown = read_all(terminal.fileno())
        code = ended.wait(BOUND_SECONDS)

    assert code == 0, shown
    assert "\x1b[" in shown
    assert "plugin.failed" in shown
    assert SECRET not in shown


def read_all(descriptor: int) -> str:
    chunks = []
    try:
        while chunk := os.read(descriptor, 65_536):
            chunks.append(chunk)
    except OSError:  # a terminal's way to end
        pass
    return b"".join(chunks).decode()
