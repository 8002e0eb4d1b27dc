"""Refusals to errors: by their code, by their status, and what they keep."""

import pickle

import pytest

from gateway.client import (
    ConnectionFailedError,
    ForbiddenError,
    GatewayError,
    InvalidCursorError,
    InvalidParameterError,
    NotFoundError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
)
from gateway.client.core.decoding import to_refusal
from gateway.client.core.errors import to_retry_after
from gateway.client.core.exchange import Reply
from tests.client.driving import problem, reply


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "invalid-parameter", InvalidParameterError),
        (400, "invalid-cursor", InvalidCursorError),
        (410, "expired-cursor", InvalidCursorError),
        (401, "unauthorized", UnauthorizedError),
        (403, "forbidden", ForbiddenError),
        (403, "forged-link", ForbiddenError),
        (404, "not-found", NotFoundError),
        (429, "rate-limited", RateLimitedError),
        (503, "upstream-unavailable", UnavailableError),
        (503, "store-unavailable", UnavailableError),
        (502, "upstream-unauthorized", GatewayError),
        (422, "upstream-refused", GatewayError),
        (409, "a-later-gateways", GatewayError),
    ],
)
def test_a_problem_is_an_error_of_its_kind(status, code, error) -> None:
    refusal = to_refusal(problem(status, code))

    assert type(refusal) is error
    assert (refusal.code, refusal.status, refusal.title) == (code, status, code)


def test_an_error_keeps_all_that_the_problem_tells() -> None:
    told = {
        "type": "/problems/invalid-parameter",
        "code": "invalid-parameter",
        "title": "A parameter is not valid",
        "status": 400,
        "detail": "two of them",
        "instance": "/v1/gallery",
        "request_id": "r-1",
        "errors": [
            {"parameter": "limit", "message": "too large"},
            {"pointer": "/rows/5", "message": "no colour"},
        ],
        "upstream": {"status": 422, "detail": "no hat"},
        "grown": {"later": True},
    }

    refusal = to_refusal(reply(told, 400))

    assert str(refusal) == "A parameter is not valid: two of them: no hat"
    assert (refusal.request_id, refusal.detail) == ("r-1", "two of them")
    assert [fault.where for fault in refusal.errors] == ["limit", "/rows/5"]
    assert refusal.problem.upstream is not None
    assert refusal.problem.upstream.status == 422


def test_an_unavailable_gallery_tells_how_its_sources_fared() -> None:
    sources = [{"provider": "avatar", "state": "frozen"}]
    told = {"code": "upstream-unavailable", "title": "Away", "sources": sources}

    refusal = to_refusal(reply(told, 503, retry_after="4", x_request_id="r-2"))

    assert refusal.retry_after_seconds == 4.0
    assert [source.state for source in refusal.sources] == ["frozen"]
    assert (refusal.request_id, refusal.status) == ("r-2", 503)


@pytest.mark.parametrize(
    "content", [b"<html>", b"", b"[1]", b'{"a": 1}', b"\xff", b"[" * 9_999]
)
def test_what_is_no_problem_is_known_by_its_status(content: bytes) -> None:
    kinds = {
        status: type(to_refusal(Reply(status=status, headers={}, content=content)))
        for status in (401, 429, 500, 503)
    }

    assert kinds == {
        401: UnauthorizedError,
        429: RateLimitedError,
        500: GatewayError,
        503: UnavailableError,
    }


@pytest.mark.parametrize("status", [502, 504])
def test_a_proxy_without_a_gateway_is_a_failed_connection(status: int) -> None:
    refusal = to_refusal(Reply(status=status, headers={}, content=b"<html>"))

    assert type(refusal) is ConnectionFailedError
    assert refusal.code == "connection-failed"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
        ({"retry-after": "Fri, 27 Nov 2026 10:00:30 GMT"}, None),
        (
            {
                "retry-after": "Fri, 27 Nov 2026 10:00:30 GMT",
                "date": "Fri, 27 Nov 2026 10:00:00 GMT",
            },
            30.0,
        ),
        (
            {
                "retry-after": "Fri, 27 Nov 2026 09:00:30 GMT",
                "date": "Fri, 27 Nov 2026 10:00:00 GMT",
            },
            0.0,
        ),
    ],
)
def test_a_time_to_try_again_is_seconds_or_a_date(headers, seconds) -> None:
    assert to_retry_after(headers) == seconds


def test_an_error_goes_from_process_to_process() -> None:
    refusal = to_refusal(problem(503, "upstream-unavailable", retry_after="4"))

    copy = pickle.loads(pickle.dumps(refusal))  # noqa: S301  # our own bytes

    assert type(copy) is UnavailableError
    assert (copy.code, copy.retry_after_seconds) == (refusal.code, 4.0)
