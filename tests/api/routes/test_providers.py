"""The tenant's providers, as the gateway describes them."""

import jsonschema_rs
import pytest

from tests.api.world import PROVIDERS, World, assert_problem

FIELDS = {
    "name",
    "plugin",
    "title",
    "capabilities",
    "filters",
    "operations",
    "health",
    "last_error",
}


def test_the_providers_come_in_the_order_of_the_configuration(world: World) -> None:
    answer = world.get("/v1/providers")

    providers = answer.json()["providers"]
    assert [provider["name"] for provider in providers] == list(PROVIDERS)
    assert all(set(provider) == FIELDS for provider in providers)
    assert answer.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("name", PROVIDERS)
def test_one_provider_is_as_in_the_list(new_world: World, name: str) -> None:
    listed = new_world.get("/v1/providers").json()["providers"]

    alone = new_world.get(f"/v1/providers/{name}").json()

    assert alone in listed
    assert (alone["name"], alone["plugin"]) == (name, name)
    assert alone["health"] == "ok"
    assert alone["last_error"] is None


@pytest.mark.parametrize("name", ["nobody", "Hyper3D", "hyper3d%20", "%00", "~"])
def test_an_unknown_provider_is_404(world: World, name: str) -> None:
    answer = world.get(f"/v1/providers/{name}")

    assert_problem(answer, 404, "not-found")


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_filters_are_json_schema_that_refuses_what_is_unknown(
    world: World, name: str
) -> None:
    schema = world.get(f"/v1/providers/{name}").json()["filters"]

    validator = jsonschema_rs.Draft202012Validator(schema)

    assert validator.is_valid({})
    assert schema["additionalProperties"] is False


def test_every_filter_with_its_example_is_accepted(world: World) -> None:
    for provider in world.get("/v1/providers").json()["providers"]:
        for name, schema in provider["filters"]["properties"].items():
            for example in schema["examples"]:
                values = example if isinstance(example, list) else [example]
                params = [(f"{provider['name']}.{name}", _spell(v)) for v in values]
                answer = world.get("/v1/gallery", [*params, ("limit", "1")])
                assert answer.status_code == 200, answer.text


def _spell(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_the_capabilities_are_those_of_the_upstream(world: World) -> None:
    shown = {
        provider["name"]: provider["capabilities"]
        for provider in world.get("/v1/providers").json()["providers"]
    }

    assert shown == {
        "hyper3d": {
            "kinds": ["image", "video", "model"],
            "look_up": False,
            "delete": False,
        },
        "avatar": {"kinds": ["image", "video"], "look_up": False, "delete": True},
        "piktid": {"kinds": ["image"], "look_up": True, "delete": False},
    }
