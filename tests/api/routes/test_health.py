"""Whether the process answers and is ready."""

from tests.api.world import PROVIDERS, World


def test_a_process_that_answers_is_live(world: World) -> None:
    answer = world.get("/health/live", key=None)

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}
    assert answer.headers["cache-control"] == "no-store"


def test_a_ready_gateway_tells_of_its_store_and_providers(new_world: World) -> None:
    answer = new_world.get("/health/ready", key=None)

    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["store"] == "memory"
    assert answer.json()["redis"] is None
    assert answer.json()["providers"] == dict.fromkeys(PROVIDERS, "ok")


def test_an_upstream_that_is_away_does_not_make_it_unready(new_world: World) -> None:
    new_world.tell("avatar", "fail", status=503)
    new_world.page()

    answer = new_world.get("/health/ready", key=None)

    assert answer.status_code == 200
    assert answer.json()["providers"]["avatar"] in {"degraded", "open"}
    assert answer.json()["providers"]["piktid"] == "ok"


def test_a_provider_that_is_back_is_ok_again(new_world: World) -> None:
    new_world.tell("avatar", "fail", status=503)
    new_world.page()
    new_world.heal()
    new_world.page()

    answer = new_world.get("/health/ready", key=None)

    assert answer.json()["providers"]["avatar"] == "ok"
