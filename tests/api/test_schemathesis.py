"""The gateway against its own OpenAPI document, with inputs that nobody thought of."""

import os
import re
from collections.abc import Mapping

import msgspec
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CheckFunction as Check, not_a_server_error
from schemathesis.specs.openapi.checks import positive_data_acceptance

from gateway.adapters.plugins import find_plugins
from gateway.api.openapi.document import to_document
from tests.api.world import MINTER, PROVIDERS, READER, World

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "40"))
PLUGINS = find_plugins()
DOCUMENT = msgspec.json.decode(
    msgspec.json.encode(to_document({name: PLUGINS[name] for name in PROVIDERS}, "0"))
)
SCHEMA = {"cursor", "piktid.search"}
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)


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


def _makes_token(case: schemathesis.Case) -> bool:
    return case.operation.path == "/v1/tokens"


def _brings_credentials(body: object) -> bool:
    """Return whether a plugin's own rules decide, or the length of what is brought."""
    return isinstance(body, dict) and body.get("credentials") is not None


@SCHEMA.parametrize()
@settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_the_gateway_does_as_its_document_says(
    case: schemathesis.Case, world: World
) -> None:
    key = {"Authorization": f"Bearer {MINTER if _makes_token(case) else READER}"}

    answer = case.call(base_url=str(world.gateway.base_url), headers=key)

    excluded: list[Check] = []
    if _is_beyond_schema(case.query or {}) or _brings_credentials(case.body):
        excluded.append(positive_data_acceptance)
    if answer.status_code in {502, 503}:  # an upstream refuses what it may refuse
        excluded.append(not_a_server_error)
    case.validate_response(answer, headers=key, excluded_checks=excluded)
