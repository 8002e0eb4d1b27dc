"""Operations of somebody else's plugin: nothing in the gateway knows their names."""

from typing import Any

import httpx

from tests import plain
from tests.plugins.upstream import Upstream
from tests.stack.gateways import KEY, Gateway, ids_of
from tests.stack.processes import BOUND_SECONDS

PATH = "/v1/providers/offset/operations"
SCRIPT = {"caption": "Waves at dusk", "mood": "calm"}


def send(gateway: Gateway, body: object) -> httpx.Response:
    return plain.post(
        f"{gateway.address}{PATH}/render",
        json=body,
        headers={"x-api-key": KEY},
        timeout=BOUND_SECONDS,
    )


def submit(gateway: Gateway) -> dict[str, Any]:
    answer = send(gateway, SCRIPT)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


def follow(gateway: Gateway, job: dict[str, Any], wait: int = 0) -> dict[str, Any]:
    answer = plain.get(
        f"{gateway.address}/v1/jobs/{job['id']}",
        headers={"x-api-key": KEY, "prefer": f"wait={wait}"},
        timeout=BOUND_SECONDS,
    )
    assert answer.status_code == 200, answer.text
    followed: dict[str, Any] = answer.json()
    return followed


def test_they_are_offered_as_they_describe_themselves(gateway: Gateway) -> None:
    shown = gateway.get("/v1/providers").json()["providers"]
    paths = gateway.get("/openapi.json").json()["paths"]

    offered = {provider["name"]: provider["operations"] for provider in shown}
    credits_, render = offered["offset"]
    assert offered["tokened"] == []
    assert (credits_["name"], credits_["makes"]) == ("credits", "answer")
    assert (render["name"], render["makes"]) == ("render", "job")
    assert render["scope"] == "jobs:write"
    assert render["input_schema"]["examples"] == [{"caption": "Waves at dusk"}]
    assert credits_["output_schema"]["properties"]["left"] == {"type": "integer"}
    assert paths[f"{PATH}/credits"]["get"]["operationId"] == "offset_credits"
    assert paths[f"{PATH}/render"]["post"]["operationId"] == "offset_render"


def test_an_answer_is_what_its_struct_has(gateway: Gateway) -> None:
    answer = gateway.get(f"{PATH}/credits")

    assert answer.status_code == 200, answer.text
    assert answer.json() == {"left": 2}


def test_a_job_is_followed_until_the_gallery_has_what_it_made(
    gateway: Gateway, upstream: Upstream
) -> None:
    before = ids_of(gateway.page(provider="offset"))

    job = submit(gateway)
    waiting = follow(gateway, job)
    native_id = upstream.make("r1")
    done = follow(gateway, job, wait=20)

    assert upstream.scripts == {"r1": SCRIPT}
    assert (job["provider"], job["operation"]) == ("offset", "render")
    assert (waiting["status"], waiting["position"]) == ("queued", 1)
    assert (done["status"], done["item_ids"]) == ("succeeded", [f"offset:{native_id}"])
    assert ids_of(gateway.page(provider="offset"))[:2] == [
        f"offset:{native_id}",
        before[0],
    ]
    assert upstream.polls == 2


def test_a_job_that_the_upstream_has_forgotten_is_unknown(
    gateway: Gateway, upstream: Upstream
) -> None:
    job = submit(gateway)
    upstream.forget("r1")

    assert follow(gateway, job)["status"] == "unknown"


def test_a_refusal_tells_the_upstreams_words_without_addresses(
    gateway: Gateway, upstream: Upstream
) -> None:
    upstream.credits = 0

    answer = send(gateway, SCRIPT)

    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["code"] == "upstream-refused"
    assert problem["upstream"]["status"] == 402
    assert problem["upstream"]["detail"].startswith("no credits left")
    assert "joe@" not in answer.text
    assert "example.com" not in answer.text


def test_what_is_asked_for_wrongly_is_refused_before_anything_is_sent(
    gateway: Gateway, upstream: Upstream
) -> None:
    faulty = send(gateway, {"caption": "", "seconds": 61})
    wrong_method = gateway.get(f"{PATH}/render")
    unheard_of = gateway.get(f"{PATH}/unheard_of")

    assert faulty.status_code == 400, faulty.text
    pointers = [error["pointer"] for error in faulty.json()["errors"]]
    assert pointers == ["/caption", "/seconds"]
    assert (wrong_method.status_code, unheard_of.status_code) == (405, 404)
    assert upstream.scripts == {}
