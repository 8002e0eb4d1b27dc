"""The gateway against its own OpenAPI document, with inputs that nobody thought of."""

import copy
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec
import pytest
import schemathesis
from anyio.from_thread import BlockingPortal
from hypothesis import HealthCheck, settings
from schemathesis.checks import CheckFunction as Check, not_a_server_error
from schemathesis.specs.openapi.checks import positive_data_acceptance

from gateway.adapters.plugins import find_plugins
from gateway.api.openapi.document import to_document
from gateway.plugin.provider import Http
from tests.api.world import (
    MINTER,
    OPERATOR,
    PROVIDERS,
    World,
    serve_gateway,
    serve_sandboxes,
)

NOBODY = cast("Http", None)
"""No provider calls anybody while it is made."""

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "40"))
PLUGINS = find_plugins()
OFFERED = {
    name: getattr(
        PLUGINS[name].create(name, PLUGINS[name].settings(), NOBODY), "operations", ()
    )
    for name in PROVIDERS
}
DOCUMENT = msgspec.json.decode(
    msgspec.json.encode(
        to_document({name: PLUGINS[name] for name in PROVIDERS}, OFFERED, "0")
    )
)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
NOT_ALLOWED = 405
"""What some providers cannot do with their items."""
SCHEMA = schemathesis.openapi.from_dict(copy.deepcopy(DOCUMENT))


@pytest.fixture(scope="module")
def tried(
    portal: BlockingPortal, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A gateway over sandboxes of its own: operations change what is there."""
    with (
        serve_sandboxes(portal) as sandboxes,
        serve_gateway(portal, sandboxes, tmp_path_factory.mktemp("tried")) as world,
    ):
        yield world


def test_the_document_that_is_tried_is_the_one_that_is_served(world: World) -> None:
    served = world.get("/openapi.json", key=None).json()

    assert served["paths"] == DOCUMENT["paths"]
    assert served["components"] == DOCUMENT["components"]


def _texts(value: object) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def _is_beyond_schema(query: Mapping[str, object]) -> bool:
    """Return whether a schema-valid query may be refused all the same.

    Only the gateway makes cursors, these two exclude each other, and a pattern that
    forbids control characters would keep schemathesis busy for minutes.
    """
    excluded = {"piktid.search", "piktid.job_id"}
    return (
        "cursor" in query
        or excluded <= set(query)
        or any(
            CONTROL.search(text) for value in query.values() for text in _texts(value)
        )
    )


BOUND_SECONDS = 60
"""Beyond what a caller may ask to wait for a job."""


def _to_key(case: schemathesis.Case) -> str:
    return MINTER if case.operation.path == "/v1/tokens" else OPERATOR


def _is_operation(case: schemathesis.Case) -> bool:
    """Return whether an upstream decides: it may refuse what its document allows."""
    return "/operations/" in case.operation.path


def _brings_credentials(body: object) -> bool:
    """Return whether a plugin's own rules decide, or the length of what is brought."""
    return isinstance(body, dict) and body.get("credentials") is not None


@SCHEMA.parametrize()
@settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_the_gateway_does_as_its_document_says(
    case: schemathesis.Case, tried: World
) -> None:
    key = {"Authorization": f"Bearer {_to_key(case)}"}

    answer = case.call(
        base_url=str(tried.gateway.base_url), headers=key, timeout=BOUND_SECONDS
    )

    excluded: list[Check] = []
    is_beyond = _is_beyond_schema(case.query or {}) or _brings_credentials(case.body)
    if is_beyond or _is_operation(case) or answer.status_code == NOT_ALLOWED:
        excluded.append(positive_data_acceptance)
    if answer.status_code in {502, 503}:  # an upstream refuses what it may refuse
        excluded.append(not_a_server_error)
    case.validate_response(answer, headers=key, excluded_checks=excluded)


def test_no_chain_of_requests_ends_in_a_fault_of_the_gateway(tried: World) -> None:
    """Jobs are followed, pages turned and items looked at by what was answered."""
    seen: Counter[int] = Counter()

    class Chain(SCHEMA.as_state_machine()):  # type: ignore[misc]
        def call(self, case: schemathesis.Case, **_: object) -> Any:
            headers = {"Authorization": f"Bearer {_to_key(case)}", "Prefer": "wait=0"}
            return case.call(
                base_url=str(tried.gateway.base_url),
                headers=headers,
                timeout=BOUND_SECONDS,
            )

        def validate_response(
            self, response: Any, case: schemathesis.Case, **_: object
        ) -> None:
            seen[response.status_code] += 1
            assert response.status_code != 500, case.as_curl_command()

    Chain.run(
        settings=settings(
            deadline=None,
            max_examples=max(5, EXAMPLES // 4),
            stateful_step_count=8,
            suppress_health_check=list(HealthCheck),
        )
    )

    assert seen[200] > 10
