"""What errors look like, and the pages that explain them."""

from typing import Any

import httpx
import pytest
from litestar import Litestar, post

from gateway.api.edge.access import Access
from gateway.api.edge.draining import Draining
from gateway.api.problems.catalogue import KINDS
from gateway.api.problems.handlers import HANDLERS
from gateway.plugin.errors import Fault, InvalidBodyError
from gateway.ports.metrics import unwatched
from tests.api.world import World, assert_problem

FIELDS = {
    "upstream",
    "type",
    "code",
    "title",
    "status",
    "detail",
    "instance",
    "request_id",
    "errors",
    "sources",
}


@pytest.mark.parametrize(
    "path", ["/nothing", "/v1/gallery?limit=0", "/v1/gallery?cursor=x", "/v1/gallery/x"]
)
def test_a_problem_has_every_field(world: World, path: str) -> None:
    answer = world.get(path, headers={"X-Request-Id": "mine"})

    problem = answer.json()
    assert set(problem) == FIELDS
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert problem["instance"] == path.partition("?")[0]
    assert problem["request_id"] == "mine"


def test_only_bad_input_names_errors(world: World) -> None:
    bad = world.get("/v1/gallery?limit=0").json()
    gone = world.get("/v1/gallery/hyper3d:no").json()

    assert [set(error) for error in bad["errors"]] == [{"parameter", "message"}]
    assert gone["errors"] is None


async def test_what_is_wrong_in_a_body_is_told_by_json_pointers() -> None:
    @post("/")
    async def refuse() -> None:
        faults = [Fault(where="/a/0", message="odd"), Fault(where="", message="empty")]
        raise InvalidBodyError(faults)

    app: Any = Litestar([refuse], exception_handlers=HANDLERS, openapi_config=None)
    served: Any = Access(app, unwatched, Draining(), store_seconds=1.0)
    transport = httpx.ASGITransport(served)
    async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
        answer = await client.post("/")

    assert_problem(answer, 400, "invalid-parameter")
    assert answer.json()["errors"] == [
        {"pointer": "/a/0", "message": "odd"},
        {"pointer": "", "message": "empty"},
    ]


@pytest.mark.parametrize("code", KINDS)
def test_every_code_is_explained(world: World, code: str) -> None:
    answer = world.get(f"/problems/{code}", key=None)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert code in answer.text
    assert str(KINDS[code].status) in answer.text


@pytest.mark.parametrize("code", ["nothing", "Internal", "<script>", "a%20b", "%00"])
def test_an_unknown_code_is_404(world: World, code: str) -> None:
    answer = world.get(f"/problems/{code}", key=None)

    assert_problem(answer, 404, "not-found")
    assert (
        "<script>" not in answer.text or answer.headers["content-type"] != "text/html"
    )


def test_a_problem_leads_to_its_explanation(world: World) -> None:
    problem = world.get("/v1/gallery?limit=0").json()

    assert world.get(problem["type"], key=None).status_code == 200


def test_a_problem_is_read_by_no_browser_as_a_page(world: World) -> None:
    answer = world.get("/v1/gallery?<script>alert(1)</script>=1")

    assert_problem(answer, 400, "invalid-parameter")
