from collections.abc import AsyncIterator
from datetime import UTC, datetime
from json import JSONDecodeError

import httpx
import pytest
from msgspec import Struct

from tests.sandbox.serving import (
    CREATE,
    LIST_PATH,
    ids_of,
    list_all,
    list_once,
    login,
    serve,
)


class Running(Struct, frozen=True, kw_only=True):
    name: str
    client: httpx.AsyncClient
    headers: dict[str, str]

    async def read(self) -> httpx.Response:
        return await list_once(self.client, self.name, self.headers)

    async def ids(self) -> list[str]:
        return ids_of(self.name, await list_all(self.client, self.name, self.headers))

    async def tell(self, path: str, /, **body: object) -> httpx.Response:
        return await self.client.post(f"/_sandbox{path}", json=body)


@pytest.fixture(params=sorted(CREATE))
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    name: str = request.param
    async with serve(CREATE[name](items=130)) as client:
        yield Running(name=name, client=client, headers=await login(client, name))


async def test_the_listed_ids_are_those_the_control_tells(sandbox: Running) -> None:
    truth = (await sandbox.client.get("/_sandbox/items")).json()["ids"]
    shown = (await sandbox.client.get("/_sandbox")).json()

    assert await sandbox.ids() == truth
    assert shown["items"] == len(truth) == len(set(truth)) == 130


async def test_one_seed_always_gives_the_same_list(sandbox: Running) -> None:
    async with serve(CREATE[sandbox.name](items=130)) as twin:
        other = (await twin.get("/_sandbox/items")).json()
    async with serve(CREATE[sandbox.name](items=130, seed=2)) as stranger:
        strange = (await stranger.get("/_sandbox/items")).json()

    own = (await sandbox.client.get("/_sandbox/items")).json()

    assert own == other
    assert own != strange


async def test_new_items_come_at_the_top_in_the_order_of_time(sandbox: Running) -> None:
    before = await sandbox.ids()

    added = await sandbox.tell("/items", count=3, time="2026-03-01T10:00:00Z")

    assert await sandbox.ids() == [*reversed(added.json()["ids"]), *before]


async def test_a_new_item_is_never_older_than_the_newest(sandbox: Running) -> None:
    added = await sandbox.tell("/items", time="2001-01-01T00:00:00Z")

    (new_id,) = added.json()["ids"]
    assert (await sandbox.ids())[0] == new_id


async def test_malformed_entries_are_listed_but_have_no_id(sandbox: Running) -> None:
    before = await sandbox.ids()
    size = len(await list_all(sandbox.client, sandbox.name, sandbox.headers))

    added = (await sandbox.tell("/items", count=5, malformed=True)).json()["ids"]

    entries = await list_all(sandbox.client, sandbox.name, sandbox.headers)
    truth = (await sandbox.client.get("/_sandbox/items")).json()["ids"]
    assert len(entries) == size + 5
    assert ids_of(sandbox.name, entries) == before == truth
    assert (await sandbox.tell("/delete", ids=added)).json() == {"deleted": 5}


async def test_deleted_items_leave_the_list(sandbox: Running) -> None:
    before = await sandbox.ids()

    deleted = await sandbox.tell("/delete", ids=[*before[:2], "unknown"])

    assert deleted.json() == {"deleted": 2}
    assert await sandbox.ids() == before[2:]


async def test_calls_are_counted_by_kind_until_the_reset(sandbox: Running) -> None:
    await sandbox.tell("/reset")
    await login(sandbox.client, sandbox.name)
    await sandbox.read()
    await sandbox.read()

    shown = (await sandbox.client.get("/_sandbox")).json()
    await sandbox.tell("/reset")
    after = (await sandbox.client.get("/_sandbox")).json()

    assert shown["list_calls"] == 2
    assert shown["logins"] == (0 if sandbox.name == "piktid" else 1)
    method = "POST" if sandbox.name == "hyper3d" else "GET"
    assert shown["calls"][f"{method} {LIST_PATH[sandbox.name]}"] == 2
    assert (after["calls"], after["list_calls"]) == ({}, 0)


async def test_a_fault_is_spent_and_then_the_next_one_counts(sandbox: Running) -> None:
    await sandbox.tell(
        "/fail", status=429, count=1, headers={"Retry-After": "3"}, body="slow"
    )
    await sandbox.tell("/fail", status=503, count=2)

    answers = [await sandbox.read() for _ in range(4)]

    codes = [answer.status_code for answer in answers]
    assert codes[:3] == [429, 503, 503]
    assert answers[3].is_success
    assert (answers[0].headers["retry-after"], answers[0].text) == ("3", "slow")


async def test_a_fault_for_another_path_spares_the_list(sandbox: Running) -> None:
    await sandbox.tell("/fail", status=500, path="/nowhere")

    assert (await sandbox.read()).is_success
    assert (await sandbox.client.get("/nowhere")).status_code == 500


async def test_a_fault_lasts_until_the_reset(sandbox: Running) -> None:
    await sandbox.tell("/fail", status=500)

    assert [(await sandbox.read()).status_code for _ in range(3)] == [500] * 3
    await sandbox.tell("/reset")
    assert (await sandbox.read()).is_success


async def test_a_hanging_call_ends_with_its_caller(sandbox: Running) -> None:
    await sandbox.tell("/fail", mode="hang", count=1)

    with pytest.raises(httpx.ReadTimeout):
        await sandbox.client.request(
            "GET", LIST_PATH[sandbox.name], timeout=httpx.Timeout(5, read=0.2)
        )

    assert (await sandbox.read()).is_success


async def test_a_truncated_answer_is_half_of_the_json(sandbox: Running) -> None:
    await sandbox.tell("/fail", mode="truncate", count=1)

    half = await sandbox.read()
    whole = await sandbox.read()

    assert half.status_code == whole.status_code
    assert half.headers["content-type"] == whole.headers["content-type"]
    assert len(half.content) == len(whole.content) // 2
    with pytest.raises((JSONDecodeError, UnicodeDecodeError)):
        half.json()


async def test_a_closed_call_breaks_the_connection(sandbox: Running) -> None:
    await sandbox.tell("/fail", mode="close", count=1)

    with pytest.raises(httpx.RemoteProtocolError):
        await sandbox.read()

    assert (await sandbox.read()).is_success


async def test_delays_add_up_and_are_spent(sandbox: Running) -> None:
    await sandbox.tell("/delay", seconds=0.2, count=1)
    await sandbox.tell("/delay", seconds=0.1, path=LIST_PATH[sandbox.name], count=1)

    slow = await sandbox.read()
    quick = await sandbox.read()

    assert slow.elapsed.total_seconds() >= 0.3
    assert quick.elapsed < slow.elapsed


async def test_voided_tokens_get_401_until_a_new_one(sandbox: Running) -> None:
    await sandbox.tell("/void")

    assert (await sandbox.read()).status_code == 401
    if sandbox.name == "piktid":
        await sandbox.tell("/reset")
    headers = await login(sandbox.client, sandbox.name)
    fresh = await list_once(sandbox.client, sandbox.name, headers)
    assert fresh.is_success


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("/items", {"count": 0}, "count"),
        ("/items", {"number": 3}, "number"),
        ("/items", {"time": "yesterday"}, "time"),
        ("/delete", {}, "ids"),
        ("/delay", {"seconds": -1}, "seconds"),
        ("/fail", {}, "status"),
        ("/fail", {"status": 503, "mode": "hang"}, "mode"),
        ("/fail", {"mode": "explode"}, "mode"),
        ("/fail", {"status": 42}, "status"),
    ],
)
async def test_bad_control_input_is_a_400_that_names_the_fault(
    sandbox: Running, path: str, body: dict[str, object], word: str
) -> None:
    answer = await sandbox.tell(path, **body)

    assert answer.status_code == 400
    assert word in answer.json()["error"]


async def test_unfinished_work_is_finished_on_demand(sandbox: Running) -> None:
    first = (await sandbox.tell("/finish")).json()["finished"]
    second = (await sandbox.tell("/finish")).json()["finished"]

    assert (first > 0) == (sandbox.name != "avatar")
    assert second == 0


async def test_an_item_added_without_a_time_is_from_now(sandbox: Running) -> None:
    await sandbox.tell("/items")
    entries = await list_all(sandbox.client, sandbox.name, sandbox.headers)

    truth = (await sandbox.client.get("/_sandbox/items")).json()["ids"][0]
    text = str(next(entry for entry in entries if truth in str(entry)))
    year = str(datetime.now(UTC).year)
    assert sandbox.name == "avatar" or year in text


async def test_an_empty_sandbox_has_an_empty_list(sandbox: Running) -> None:
    async with serve(CREATE[sandbox.name](items=0)) as client:
        headers = await login(client, sandbox.name)

        entries = await list_all(client, sandbox.name, headers)
        added = await client.post("/_sandbox/items", json={})

        assert entries == []
        assert len(added.json()["ids"]) == 1


async def test_tasks_are_steered_where_the_upstream_takes_them(
    sandbox: Running,
) -> None:
    answer = await sandbox.tell("/tasks/hold")

    assert answer.status_code == (200 if sandbox.name == "avatar" else 404)


async def test_the_latest_calls_are_told_with_their_times(sandbox: Running) -> None:
    await sandbox.tell("/reset")
    await sandbox.read()
    await sandbox.read()

    calls = (await sandbox.client.get("/_sandbox/calls")).json()["calls"]

    first, second = calls
    assert first["method"] in {"GET", "POST"}
    assert first["path"] == LIST_PATH[sandbox.name]
    assert first["seconds"] < second["seconds"]
