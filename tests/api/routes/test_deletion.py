import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gateway.plugin.model import to_native_id
from gateway.plugin.times import from_epoch_ms
from tests.api.raw_upstream import JPEG, replying
from tests.api.world import OTHER, READER, WRITER, World, assert_problem, ids_of

AVATAR = [("provider", "avatar")]


def first(world: World, kind: str, provider: str = "avatar") -> Any:
    page = world.page([("provider", provider), ("kind", kind), ("limit", "1")])
    return page["items"][0]


def delete(world: World, item_id: str, key: str | None = WRITER) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return world.gateway.delete(f"/v1/gallery/{item_id}", headers=headers)


def test_a_deleted_item_is_gone_from_pages_and_by_its_id(own_world: World) -> None:
    page = own_world.page(AVATAR)
    item = next(item for item in page["items"] if item["kind"] == "image")

    answer = delete(own_world, item["id"])

    assert (answer.status_code, answer.content) == (204, b"")
    assert item["id"] not in ids_of(own_world.crawl(AVATAR))
    assert item["id"] not in own_world.truth("avatar")
    assert_problem(own_world.get(f"/v1/gallery/{item['id']}"), 404, "not-found")
    assert_problem(own_world.gateway.get(item["cover"]["url"]), 404, "not-found")


def test_a_deleted_item_is_on_no_page_that_is_under_way_for_others(
    own_world: World,
) -> None:
    item_id = first(own_world, "image")["id"]
    own_world.tell("hyper3d", "delay", seconds=0.5)

    with ThreadPoolExecutor(1) as pool:
        before = pool.submit(own_world.get, "/v1/gallery")
        while own_world.ask("hyper3d")["list_calls"] == 0:
            time.sleep(0.005)
        delete(own_world, item_id)
        after = own_world.get("/v1/gallery")

    assert before.result().status_code == 200
    assert item_id not in ids_of([after.json()])
    assert "collapsed" not in after.headers["cache-status"]


def test_a_deleted_items_kept_pictures_are_gone_too(own_world: World) -> None:
    item, etags = first(own_world, "image"), {}
    for name in ("thumbnail_url", "thumbnail_url", "url"):
        answer = own_world.gateway.get(item["cover"][name]).raise_for_status()
        etags[name] = answer.headers["etag"]

    delete(own_world, item["id"])

    for name in ("thumbnail_url", "url"):
        link = item["cover"][name]
        for known in ("*", etags[name]):
            answer = own_world.gateway.get(link, headers={"If-None-Match": known})
            assert_problem(answer, 404, "not-found")


def test_a_deletion_asked_for_again_is_done_for_ten_minutes(own_world: World) -> None:
    item_id = first(own_world, "image")["id"]
    delete(own_world, item_id)

    own_world.clock.turn(590)
    again = delete(own_world, item_id)
    own_world.clock.turn(20)
    later = delete(own_world, item_id)

    assert again.status_code == 204
    assert_problem(later, 404, "not-found")


def test_an_item_that_the_upstream_still_lists_stays_hidden(own_world: World) -> None:
    item_id = first(own_world, "image")["id"]
    delete(own_world, item_id)
    parts = to_native_id(item_id)
    assert parts is not None
    moment = from_epoch_ms(int(parts[1].partition("-")[0]))
    own_world.tell("avatar", "items", time=moment)
    assert item_id in own_world.truth("avatar")

    own_world.clock.turn(100)
    listed = ids_of(own_world.crawl(AVATAR))

    assert item_id not in listed


def test_a_lost_answer_is_harmless(own_world: World) -> None:
    item_id = first(own_world, "image")["id"]
    own_world.tell("avatar", "fail", status=503, count=9, path="/remove_gallery_image/")
    lost = delete(own_world, item_id)
    own_world.delete("avatar", [item_id])
    own_world.heal()

    again = delete(own_world, item_id)

    assert_problem(lost, 503, "upstream-unavailable")
    assert again.status_code == 204


def test_what_a_provider_cannot_delete_is_refused(world: World) -> None:
    for provider, kind in (
        ("avatar", "video"),
        ("piktid", "image"),
        ("hyper3d", "image"),
    ):
        answer = delete(world, first(world, kind, provider)["id"])

        assert_problem(answer, 405, "unsupported-by-provider")
        assert answer.headers["allow"] == "GET, HEAD"


def test_a_reader_may_not_delete(world: World) -> None:
    item_id = first(world, "image")["id"]

    assert_problem(delete(world, item_id, READER), 403, "forbidden")
    assert_problem(delete(world, item_id, None), 401, "unauthorized")


def test_an_unknown_and_a_foreign_item_are_not_found(own_world: World) -> None:
    item_id = first(own_world, "image")["id"]

    for foreign in ("avatar:1700000000000", "nowhere:1", "avatar:..%2Flogin"):
        assert_problem(delete(own_world, foreign), 404, "not-found")
    assert_problem(own_world.get(f"/v1/gallery/{item_id}", key=OTHER), 404, "not-found")


def test_only_who_may_delete_is_offered_it(world: World) -> None:
    shown = {
        key: world.page([*AVATAR, ("limit", "40")], key=key)["items"]
        for key in (READER, WRITER)
    }

    assert all(item["actions"] == [] for item in shown[READER])
    assert all(
        item["actions"] == (["delete"] if item["kind"] == "image" else [])
        for item in shown[WRITER]
    )


def test_a_running_crawl_goes_on_without_what_was_deleted(own_world: World) -> None:
    gone: list[str] = []
    truth = own_world.truths()

    def between(count: int) -> None:
        if count in {1, 3}:
            left = [i for i in own_world.truth("avatar") if i not in gone]
            tried = (left[0], left[-3])
            gone.extend(i for i in tried if delete(own_world, i).status_code == 204)

    pages = own_world.crawl([("limit", "25")], between=between)

    assert gone
    listed = ids_of(pages)
    assert len(listed) == len(set(listed))
    assert set(truth) - set(gone) <= set(listed)


def test_a_deletion_leaves_what_was_kept_for_bad_days(own_world: World) -> None:
    before = own_world.page(AVATAR)
    images = [item["id"] for item in before["items"] if item["kind"] == "image"]
    for item_id in images[:2]:
        assert delete(own_world, item_id).status_code == 204
    own_world.tell("avatar", "fail", status=500)

    page = own_world.page(AVATAR)

    (source,) = page["sources"]
    assert source["state"] == "stale"
    assert source["error"] is not None
    left = [item["id"] for item in before["items"] if item["id"] not in images[:2]]
    assert ids_of([page])[: len(left)] == left


def test_a_deletion_that_is_refused_leaves_it_too(own_world: World) -> None:
    before = own_world.page(AVATAR)
    item_id = first(own_world, "image")["id"]
    own_world.tell("avatar", "fail", status=500)

    assert delete(own_world, item_id).status_code == 503
    page = own_world.page(AVATAR)

    assert page["sources"][0]["state"] == "stale"
    assert ids_of([page]) == ids_of([before])


def test_files_of_the_avatars_later_state_are_listed_fetched_and_deleted(
    own_world: World,
) -> None:
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(JPEG)}\r\n\r\n".encode()
    asked: list[str] = []

    def reply(request: str) -> bytes:
        asked.append(request)
        return head + JPEG

    with replying(reply) as cdn:
        folder = f"http://127.0.0.1:{cdn.port}/33/gallery"
        entry = {
            "source_url": f"{folder}/5f0c.jpg",
            "thumbnail_url": None,
            "last_modified": 1_739_678_557,
        }
        listed = json.dumps({"gallery_urls": [entry, entry | {"source_url": 7}]})
        own_world.tell("avatar", "fail", status=200, body=listed, path="/get_gallery")
        page = own_world.page(AVATAR)
        (item,) = page["items"]
        file = own_world.gateway.get(item["cover"]["url"])
        answer = delete(own_world, item["id"])
        left = own_world.page(AVATAR)

    assert item["id"] == "avatar:5f0c.jpg"
    assert item["cover"]["filename"] == "5f0c.jpg"
    assert page["sources"][0]["skipped"] == 1
    assert (file.status_code, file.content) == (200, JPEG)
    assert "authorization" not in asked[0].lower()
    assert answer.status_code == 204
    assert left["items"] == []
