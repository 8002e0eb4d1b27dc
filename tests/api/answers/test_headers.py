"""What comes beside the bodies: caching, links, ids, compression, origins, methods."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from tests.api.world import (
    EMAIL,
    NOW,
    OTHER,
    PROVIDERS,
    READER,
    WRITER,
    World,
    assert_problem,
    ids_of,
    serve_gateway,
)

ETAG = re.compile(r'(W/)?"[\x21\x23-\x7e]+"')
EXPOSED = {
    "etag",
    "link",
    "age",
    "retry-after",
    "ratelimit",
    "ratelimit-policy",
    "x-request-id",
    "cache-status",
    "server-timing",
}
PAGES = (
    "/v1/gallery",
    "/v1/providers",
    "/v1/providers/piktid",
    "/health/live",
    "/health/ready",
    "/openapi.json",
    "/docs",
    "/docs/start.js",
    "/problems/forbidden",
)
GONE = ("/v1", "/v1/", "/nothing", "/v1/galleries", "/v1/providers/a/b", "/viewer")
FOREIGN = (
    "https://evil.example",
    "http://localhost.evil.example",
    "http://localhost",
    "https://localhost:3000",
    "https://gallery.example.evil.example",
    "https://galleryXexample",
    "http://localhost:1/@evil.example",
    "http://:",
    "http://localhost:1.evil.example",
    "http://localhost:",
    "http://localhost:80:80",
    "null",
)


def _values(header: str) -> set[str]:
    return {value.strip().lower() for value in header.split(",")}


def test_the_etag_is_stable_and_a_known_one_is_304(world: World) -> None:
    first = world.get("/v1/gallery")
    etag = first.headers["etag"]

    again = world.get("/v1/gallery")
    known = world.get("/v1/gallery", headers={"If-None-Match": etag})

    assert ETAG.fullmatch(etag)
    assert again.headers["etag"] == etag
    assert known.status_code == 304
    assert known.content == b""
    assert known.headers["etag"] == etag
    assert known.headers["cache-control"] == "private, no-cache"
    assert "content-length" not in known.headers or known.headers["content-length"] in {
        "0",
        str(len(first.content)),
    }


@pytest.mark.parametrize(
    "spelling", ["{strong}", "W/{strong}", '"a", {strong}, W/"b"', "*", '"x" ,{etag}']
)
@pytest.mark.parametrize("path", ["/v1/gallery", "/v1/gallery/{item_id}"])
def test_if_none_match_compares_weakly_and_in_lists(
    world: World, path: str, spelling: str
) -> None:
    path = path.format(item_id=world.truth("piktid")[0])
    etag = world.get(path).headers["etag"]
    strong = etag.removeprefix("W/")

    known = spelling.format(strong=strong, etag=etag)
    answer = world.get(path, headers={"If-None-Match": known})

    assert answer.status_code == 304


@pytest.mark.parametrize("spelling", ['"another"', "{strong}x", "", '"*"', "W/"])
def test_another_etag_is_answered_in_full(world: World, spelling: str) -> None:
    strong = world.get("/v1/gallery").headers["etag"].removeprefix("W/")

    known = spelling.format(strong=strong.strip('"'))
    answer = world.get("/v1/gallery", headers={"If-None-Match": known})

    assert answer.status_code == 200


def test_the_etag_changes_when_the_body_does(own_world: World) -> None:
    before = own_world.get("/v1/gallery")
    own_world.clock.turn(100)
    same = own_world.get("/v1/gallery")
    own_world.add("avatar")
    own_world.clock.turn(100)

    after = own_world.get("/v1/gallery")

    assert before.content == same.content
    assert before.headers["etag"] == same.headers["etag"]
    assert before.headers["etag"] != after.headers["etag"]
    old = {"If-None-Match": before.headers["etag"]}
    assert own_world.get("/v1/gallery", headers=old).status_code == 200


def test_different_bodies_have_different_etags(world: World) -> None:
    queries = ("", "?limit=1", "?limit=2", "?include=native", "?assets_limit=0")

    etags = {world.get(f"/v1/gallery{query}").headers["etag"] for query in queries}

    assert len(etags) == len(queries)


def test_pages_are_private_and_vary_with_who_asks(world: World) -> None:
    answer = world.get("/v1/gallery")

    assert answer.headers["cache-control"] == "private, no-cache"
    assert {"authorization", "x-api-key"} <= _values(answer.headers["vary"])
    assert answer.headers["content-type"] == "application/json"


def test_the_link_leads_to_the_next_page(world: World) -> None:
    params = [("limit", "9"), ("kind", "image"), ("kind", "model")]
    first = world.get("/v1/gallery", params)

    found = re.fullmatch(r'<([^>]+)>; rel="next"', first.headers["link"])
    assert found
    query = parse_qsl(urlsplit(found[1]).query)
    follow = world.get(found[1]).json()

    cursor = first.json()["next_cursor"]
    assert sorted(query) == sorted([*params, ("cursor", cursor)])
    assert follow == world.page([*params, ("cursor", cursor)])
    assert not set(ids_of([first.json()])) & set(ids_of([follow]))


def test_links_stand_under_the_public_url(
    portal: BlockingPortal, sandboxes: Mapping[str, httpx.Client], tmp_path: Path
) -> None:
    public = "https://studio.example/gallery"
    with serve_gateway(portal, sandboxes, tmp_path, public_url=public) as world:
        answers = [world.get("/v1/gallery", [("limit", "9")]) for _ in range(2)]
        document = world.get("/openapi.json", key=None).json()
        problem = world.get("/v1/nothing").json()

    assert document["servers"] == [{"url": public}]
    assert problem["type"] == "/gallery/problems/not-found"
    for answer in answers:
        assert answer.headers["link"].startswith(f"<{public}/v1/gallery?limit=9&")
        items = answer.json()["items"]
        urls = [item["cover"]["url"] for item in items if item["cover"]]
        assert urls
        assert all(url is None or url.startswith(f"{public}/v1/media/") for url in urls)


def test_odd_characters_survive_in_the_link(world: World) -> None:
    params = [("piktid.search", 'é &=%+#"<>'), ("limit", "1"), ("kind", "image")]
    answer = world.get("/v1/gallery", params)

    link = answer.headers["link"].partition(">")[0].removeprefix("<")

    assert dict(parse_qsl(urlsplit(link).query))["piktid.search"] == 'é &=%+#"<>'
    assert world.get(link).status_code == 200


def test_the_last_page_has_no_link(world: World) -> None:
    pages = world.crawl([("limit", "100"), ("provider", "avatar")])

    answer = world.get("/v1/gallery", [("limit", "100"), ("provider", "avatar")])

    assert len(pages) == 1
    assert "link" not in answer.headers


def test_the_age_is_that_of_the_oldest_page_in_the_answer(new_world: World) -> None:
    fresh = new_world.get("/v1/gallery", [("provider", "avatar")])
    new_world.clock.turn(7.9)

    answer = new_world.get("/v1/gallery")

    assert fresh.headers["age"] == "0"
    assert answer.headers["age"] == "7"


def test_the_cache_status_tells_who_shares_an_answer_under_way(
    new_world: World,
) -> None:
    new_world.tell("hyper3d", "delay", seconds=2.0)

    with ThreadPoolExecutor(5) as pool:
        asked = [pool.submit(new_world.get, "/v1/gallery") for _ in range(5)]
        answers = [one.result() for one in asked]

    miss = "gallery-gateway; fwd=miss"
    told = {answer.headers["cache-status"] for answer in answers}
    assert told == {miss, f"{miss}; collapsed"}
    assert len({answer.content for answer in answers}) == 1


def test_the_cache_status_tells_hit_from_miss(new_world: World) -> None:
    first = new_world.get("/v1/gallery")
    again = new_world.get("/v1/gallery")
    new_world.clock.turn(2)
    anew = new_world.get("/v1/gallery", headers={"Cache-Control": "no-cache"})
    new_world.clock.turn(40)
    stale = new_world.get("/v1/gallery")

    assert first.headers["cache-status"] == "gallery-gateway; fwd=miss"
    assert again.headers["cache-status"] == "gallery-gateway; hit; ttl=30"
    assert stale.headers["cache-status"] == "gallery-gateway; hit; ttl=-10"
    assert anew.headers["cache-status"] == "gallery-gateway; fwd=request"


def test_what_needs_no_upstream_page_tells_of_no_age(new_world: World) -> None:
    path = "/v1/gallery?provider=piktid&kind=video"

    answers = [new_world.get(path) for _ in range(2)]

    assert [answer.json()["items"] for answer in answers] == [[], []]
    told = [answer.headers["cache-status"] for answer in answers]
    assert told == ["gallery-gateway; hit"] * 2
    assert not any("age" in answer.headers for answer in answers)


def test_the_timing_names_every_source(world: World) -> None:
    answer = world.get("/v1/gallery")

    entries = answer.headers["server-timing"].split(", ")
    assert [entry.partition(";")[0] for entry in entries] == list(PROVIDERS)
    for entry in entries:
        assert re.fullmatch(r'[a-z0-9]+;dur=\d+(\.\d+)?;desc="fresh"', entry)


@pytest.mark.parametrize("path", ["/v1/gallery", "/health/live", "/nothing"])
@pytest.mark.parametrize("given", ["a", "Abc-1.2_3", "7f0c2a52-9d3e-4b61", "x" * 128])
def test_a_sane_request_id_is_kept(world: World, path: str, given: str) -> None:
    answer = world.get(path, headers={"X-Request-Id": given})

    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "a;b", "<script>", "a/b", "ä"])
def test_an_odd_request_id_is_replaced(world: World, given: str) -> None:
    answers = [
        world.gateway.get(
            "/health/live", headers=[(b"X-Request-Id", given.encode("latin-1"))]
        )
        for _ in range(2)
    ]

    ids = {answer.headers["x-request-id"] for answer in answers}
    assert given not in ids
    assert len(ids) == 2
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{8,128}", new_id) for new_id in ids)


@pytest.mark.parametrize("path", ["/v1/gallery", "/openapi.json"])
def test_long_bodies_are_compressed_only_when_asked(world: World, path: str) -> None:
    plain = world.get(path, headers={"Accept-Encoding": "identity"})
    zipped = world.get(path, headers={"Accept-Encoding": "gzip"})

    assert len(plain.content) > 1024
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.headers["vary"].lower().count("accept-encoding") == 1
    assert zipped.content == plain.content
    assert zipped.num_bytes_downloaded < len(plain.content)


@pytest.mark.parametrize("refused", ["gzip;q=0", "br, gzip; q=0.0, *", "GZIP;Q=0"])
def test_gzip_may_be_refused_by_its_weight(world: World, refused: str) -> None:
    answer = world.get("/v1/gallery", headers={"Accept-Encoding": refused})

    assert "content-encoding" not in answer.headers


def test_gzip_may_be_one_of_many(world: World) -> None:
    wanted = {"Accept-Encoding": "gzip;q=0.5, identity;q=0.1"}

    assert world.get("/v1/gallery", headers=wanted).headers["content-encoding"]


def test_short_bodies_are_not_compressed(world: World) -> None:
    answer = world.get("/health/live", headers={"Accept-Encoding": "gzip"})

    assert "content-encoding" not in answer.headers


def test_an_etag_holds_with_and_without_compression(world: World) -> None:
    zipped = world.get("/v1/gallery", headers={"Accept-Encoding": "gzip"})

    known = {"If-None-Match": zipped.headers["etag"], "Accept-Encoding": "identity"}

    assert world.get("/v1/gallery", headers=known).status_code == 304


@pytest.mark.parametrize("path", [*PAGES, "/nothing", "/v1/gallery?limit=0"])
def test_head_is_get_without_a_body(world: World, path: str) -> None:
    headers = {"Authorization": f"Bearer {READER}", "Accept-Encoding": "identity"}
    answer = world.gateway.get(path, headers=headers)

    head = world.gateway.head(path, headers=headers)

    assert head.content == b""
    assert head.status_code == answer.status_code
    for name in ("content-type", "content-length", "etag", "cache-control", "vary"):
        assert head.headers.get(name) == answer.headers.get(name), name


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", PAGES)
def test_another_method_is_405_and_names_the_allowed(
    world: World, path: str, method: str
) -> None:
    headers = {"Authorization": f"Bearer {WRITER}"}

    answer = world.gateway.request(method, path, headers=headers)

    assert_problem(answer, 405, "method-not-allowed")
    assert {"get", "head"} <= _values(answer.headers["allow"])
    assert method.lower() not in _values(answer.headers["allow"])


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW"])
def test_an_odd_method_is_no_server_error(world: World, method: str) -> None:
    answer = world.gateway.request(method, "/v1/gallery")

    assert 400 <= answer.status_code < 500 or answer.status_code == 501


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/gallery", "get, head, options"),
        ("/v1/gallery/avatar:1", "delete, get, head, options"),
        ("/v1/gallery/avatar:1/assets/0", "get, head, options"),
        ("/v1/media/token/file.jpg", "get, head, options"),
        ("/v1/providers", "get, head, options"),
        ("/health/live", "get, head, options"),
    ],
)
def test_options_without_an_origin_names_the_methods(
    world: World, path: str, allowed: str
) -> None:
    answer = world.gateway.options(path)

    assert answer.status_code == 204
    assert _values(answer.headers["allow"]) == _values(allowed)


@pytest.mark.parametrize("path", GONE)
def test_an_unknown_path_is_a_problem(world: World, path: str) -> None:
    answer = world.gateway.get(str(world.gateway.base_url).rstrip("/") + path)

    assert_problem(answer, 404, "not-found")


# origins


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:3000", "https://gallery.example", "http://[::1]:8080"],
)
def test_a_page_of_an_allowed_origin_may_read(world: World, origin: str) -> None:
    answer = world.get("/v1/gallery", headers={"Origin": origin})

    assert answer.headers["access-control-allow-origin"] == origin
    assert "origin" in _values(answer.headers["vary"])
    assert {"authorization", "x-api-key"} <= _values(answer.headers["vary"])
    assert _values(answer.headers["access-control-expose-headers"]) >= EXPOSED


def test_an_answer_to_no_origin_varies_with_it_too(world: World) -> None:
    answer = world.get("/v1/gallery")

    assert "origin" in _values(answer.headers["vary"])
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/v1/gallery?limit=0", "/nothing"])
def test_a_page_may_read_problems_too(world: World, path: str) -> None:
    origin = "http://localhost:3000"

    answer = world.get(path, headers={"Origin": origin})

    assert answer.status_code in {400, 404}
    assert answer.headers["access-control-allow-origin"] == origin


def test_a_known_page_may_be_read_again(world: World) -> None:
    origin = {"Origin": "http://localhost:3000"}
    etag = world.get("/v1/gallery", headers=origin).headers["etag"]

    answer = world.get("/v1/gallery", headers={**origin, "If-None-Match": etag})

    assert answer.status_code == 304
    assert answer.headers["access-control-allow-origin"] == origin["Origin"]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_of_another_origin_may_not(world: World, origin: str) -> None:
    answer = world.get("/v1/gallery", headers={"Origin": origin})
    asked = world.gateway.options(
        "/v1/gallery",
        headers={"Origin": origin, "Access-Control-Request-Method": "GET"},
    )

    assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-origin" not in asked.headers


@pytest.mark.parametrize(
    "wanted", ["authorization", "x-api-key", "authorization,prefer,if-none-match"]
)
@pytest.mark.parametrize("path", ["/v1/gallery", "/v1/gallery/a:b", "/v1/providers"])
def test_a_preflight_is_answered_without_a_key(
    world: World, path: str, wanted: str
) -> None:
    origin = "http://localhost:3000"

    answer = world.gateway.options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": wanted,
        },
    )

    assert answer.status_code in {200, 204}
    assert answer.headers["access-control-allow-origin"] == origin
    assert "get" in _values(answer.headers["access-control-allow-methods"])
    allowed = _values(answer.headers["access-control-allow-headers"])
    assert _values(wanted) <= allowed


# what is never told


def test_no_answer_tells_an_address_a_token_or_an_e_mail(world: World) -> None:
    upstreams = [
        str(client.base_url.netloc, "ascii") for client in world.sandboxes.values()
    ]
    cursor = ""
    while True:
        query = f"?include=native&assets_limit=200&limit=100{cursor}"
        answer = world.get(f"/v1/gallery{query}")
        told = f"{answer.text} {answer.headers}"
        assert not EMAIL.search(answer.text)
        assert not any(upstream in told for upstream in upstreams)
        assert not re.search(r"://|X-Tos-(Date|Expires|Signature)", answer.text)
        if answer.json()["next_cursor"] is None:
            return
        cursor = f"&cursor={answer.json()['next_cursor']}"


@pytest.mark.parametrize("mode", [{"status": 503}, {"mode": "close"}, {"status": 302}])
def test_no_failure_tells_an_address(new_world: World, mode: dict[str, object]) -> None:
    for name in PROVIDERS:
        new_world.tell(name, "fail", **mode, body="someone@example.com at http://a.b/")
    paths = ["/v1/gallery", *(f"/v1/providers/{name}" for name in PROVIDERS)]

    told = [new_world.get(path).text for path in [*paths, "/v1/gallery/piktid:1"]]

    for text in told:
        assert not EMAIL.search(text)
        assert "127.0.0.1" not in text
        assert "Traceback" not in text


@pytest.mark.parametrize(
    "prefer",
    ["wait=1", "respond-async, wait=1", 'wait="1"', "WAIT = 1", "wait=1; foo=bar"],
)
def test_the_waiting_time_that_was_taken_is_told(world: World, prefer: str) -> None:
    answer = world.get("/v1/gallery", headers={"Prefer": prefer})

    assert answer.headers["preference-applied"] == "wait=1"
    assert "prefer" in _values(answer.headers["vary"])


@pytest.mark.parametrize(
    "prefer", ["", "wait", "wait=", "wait=-1", "wait=x", "await=1"]
)
def test_a_preference_that_makes_no_sense_is_ignored(world: World, prefer: str) -> None:
    answer = world.get("/v1/gallery", headers={"Prefer": prefer})

    assert answer.status_code == 200
    assert "preference-applied" not in answer.headers


def test_nobody_waits_longer_than_thirty_seconds(world: World) -> None:
    answer = world.get("/v1/gallery", headers={"Prefer": "wait=3600"})

    assert answer.headers["preference-applied"] == "wait=30"


def test_answers_differ_by_tenant_under_one_address(world: World) -> None:
    own = world.get("/v1/gallery")

    others = world.get("/v1/gallery", key=OTHER)

    assert own.headers["etag"] != others.headers["etag"]


def test_times_are_spelt_in_utc_with_milliseconds(world: World) -> None:
    spelling = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
    latest = f"{NOW + timedelta(days=1):%Y-%m-%dT%H:%M:%S}.000Z"

    for page in world.crawl([("limit", "100")]):
        for item in page["items"]:
            times = filter(None, (item["created_at"], item["updated_at"]))
            assert all(spelling.fullmatch(time) and time < latest for time in times)


def test_an_answer_without_a_body_tells_no_type_of_one(own_world: World) -> None:
    page = own_world.page([("provider", "avatar"), ("kind", "image")])
    item = page["items"][0]
    path, asset = f"/v1/gallery/{item['id']}", item["cover"]
    media = own_world.gateway.get(asset["url"])
    thumbnail = own_world.gateway.get(asset["thumbnail_url"])
    gallery = own_world.get("/v1/gallery")

    def known(answer: httpx.Response, path: str) -> httpx.Response:
        return own_world.get(path, headers={"if-none-match": answer.headers["etag"]})

    writer = {"authorization": f"Bearer {WRITER}"}
    answers = {
        "stored address": own_world.get(f"{path}/assets/{asset['id']}"),
        "known media": known(media, asset["url"]),
        "known picture": known(thumbnail, asset["thumbnail_url"]),
        "known page": known(gallery, "/v1/gallery"),
        "known document": known(own_world.get("/openapi.json"), "/openapi.json"),
        "options": own_world.gateway.options(path),
        "preflight": own_world.gateway.options(
            "/v1/gallery",
            headers={
                "origin": "https://gallery.example",
                "access-control-request-method": "GET",
            },
        ),
        "deletion": own_world.gateway.delete(path, headers=writer),
    }

    statuses = {name: answer.status_code for name, answer in answers.items()}
    assert statuses == {
        "stored address": 307,
        "known media": 304,
        "known picture": 304,
        "known page": 304,
        "known document": 304,
        "options": 204,
        "preflight": 204,
        "deletion": 204,
    }
    for name, answer in answers.items():
        assert answer.content == b"", name
        assert "content-type" not in answer.headers, name
