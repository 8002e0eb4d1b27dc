"""Media links over real sockets: what is served, and what becomes of bad upstreams."""

import io
import random
import re
from http.client import HTTPConnection
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from msgspec import structs
from PIL import Image

from gateway.media.link import Link, LinkSealer, to_expiry
from tests.api.world import PROVIDERS, WRITER, World, assert_problem

TAMPERED = 10_000
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SIDES = {"thumbnail_url": 480, "preview_url": 1440}


def assets_of(world: World, provider: str, kind: str = "image") -> list[dict[str, Any]]:
    page = world.page([("provider", provider), ("limit", "40"), ("assets_limit", "9")])
    return [
        asset
        for item in page["items"]
        for asset in item["assets"]
        if asset["kind"] == kind and asset["url"]
    ]


def url_of(world: World, provider: str, kind: str = "image") -> str:
    url: str = assets_of(world, provider, kind)[0]["url"]
    return url


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_link_works_without_a_header_and_says_what_browsers_need(
    world: World, provider: str
) -> None:
    answer = world.gateway.get(url_of(world, provider))

    headers = answer.headers
    assert answer.status_code == 200
    assert headers["content-type"] == "image/jpeg"
    assert headers["content-length"] == str(len(answer.content))
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["cache-control"] == "private, max-age=46800, immutable"
    assert headers["content-disposition"].startswith("inline; filename=")
    assert Image.open(io.BytesIO(answer.content)).format == "JPEG"


@pytest.mark.parametrize(("provider", "kind"), [("avatar", "image"), ("avatar", "video"), ("hyper3d", "video"), ("piktid", "image")])  # fmt: skip
def test_one_range_is_served_also_where_the_upstream_cannot(
    world: World, provider: str, kind: str
) -> None:
    url = url_of(world, provider, kind)
    whole = world.gateway.get(url)
    size = len(whole.content)

    for asked, first, last in (
        ("bytes=0-0", 0, 0),
        ("bytes=10-1009", 10, 1009),
        (f"bytes={size - 1}-", size - 1, size - 1),
        ("bytes=-7", size - 7, size - 1),
        (f"bytes=5-{size * 2}", 5, size - 1),
        (f"bytes=5-{'9' * 40}", 5, size - 1),
    ):
        part = world.gateway.get(url, headers={"Range": asked})
        assert part.status_code == 206, asked
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert part.content == whole.content[first : last + 1]
        assert part.headers["content-type"] == whole.headers["content-type"]
    behind = world.gateway.get(url, headers={"Range": f"bytes={size}-"})
    assert_problem(behind, 416, "range-not-satisfiable")
    assert behind.headers["content-range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,4-5", "bytes=9-3", "lines=1-2", "bytes=-"]
)
def test_a_range_that_is_none_is_ignored(world: World, asked: str) -> None:
    url = url_of(world, "avatar")

    assert world.gateway.get(url, headers={"Range": asked}).status_code == 200


def test_a_range_of_another_version_is_the_whole(world: World) -> None:
    url = url_of(world, "avatar")
    etag = world.gateway.get(url).headers["etag"]

    same = world.gateway.get(url, headers={"Range": "bytes=0-9", "If-Range": etag})
    other = world.gateway.get(url, headers={"Range": "bytes=0-9", "If-Range": '"x"'})

    assert (same.status_code, other.status_code) == (206, 200)


def test_a_file_keeps_its_name_whatever_its_letters(world: World) -> None:
    named = [a for a in assets_of(world, "piktid") if a["filename"]]
    asset = next(a for a in named if not a["filename"].isascii())
    stem = asset["filename"].rpartition(".")[0]

    answers = [world.gateway.get(asset[name]) for name in ("url", *SIDES, *SIDES)]

    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        told = answer.headers["content-disposition"].partition("filename*=UTF-8''")[2]
        assert unquote(told).startswith(stem)


def test_what_is_known_is_not_sent_again(world: World) -> None:
    url = url_of(world, "avatar")
    etag = world.gateway.get(url).headers["etag"]

    answer = world.gateway.get(url, headers={"If-None-Match": etag})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag


@pytest.mark.parametrize("provider", PROVIDERS)
def test_head_tells_the_same_without_the_bytes(world: World, provider: str) -> None:
    url = url_of(world, provider)
    whole = world.gateway.get(url)

    head = world.gateway.head(url)

    told = ("content-type", "content-length", "etag", "cache-control")
    assert (head.status_code, head.content) == (200, b"")
    assert [head.headers[n] for n in told] == [whole.headers[n] for n in told]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("name", SIDES)
def test_a_rendition_is_webp_within_its_size(
    world: World, provider: str, name: str
) -> None:
    answer = world.gateway.get(assets_of(world, provider)[0][name])

    picture = Image.open(io.BytesIO(answer.content))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert picture.format == "WEBP"
    assert max(picture.size) <= SIDES[name]
    assert not picture.getexif()


def test_what_a_picture_is_like_is_told_once_known(new_world: World) -> None:
    before = assets_of(new_world, "avatar")[0]
    new_world.gateway.get(before["preview_url"])

    new_world.clock.turn(200)
    after = assets_of(new_world, "avatar")[0]

    assert before["width"] is None
    assert (after["width"], after["height"]) == (720, 900)
    assert after["placeholder"]
    assert after["size_bytes"] > 1000


def test_links_stay_the_same_until_their_boundary(new_world: World) -> None:
    new_world.clock.turn(-new_world.clock.now() % 43_200 + 1)
    first = new_world.page([("provider", "piktid")])
    new_world.clock.turn(43_000)
    later = new_world.page([("provider", "piktid")])
    new_world.clock.turn(300)
    last = new_world.page([("provider", "piktid")])

    def urls(page: Any) -> list[str]:
        return [asset["url"] for item in page["items"] for asset in item["assets"]]

    assert urls(first) == urls(later)
    assert first["links_expire_at"] == later["links_expire_at"]
    assert first["links_expire_at"] < last["links_expire_at"]
    assert not set(filter(None, urls(first))) & set(filter(None, urls(last)))


def test_a_link_expires(new_world: World) -> None:
    url = url_of(new_world, "avatar")

    new_world.clock.turn(43_200 + 3_600)

    assert_problem(new_world.gateway.get(url), 410, "expired-link")


def test_an_asset_has_an_address_that_can_be_stored(world: World) -> None:
    page = world.page([("provider", "piktid")])
    item = next(item for item in page["items"] if item["cover"])

    answer = world.get(f"/v1/gallery/{item['id']}/assets/{item['cover']['id']}")
    nothing = world.get(f"/v1/gallery/{item['id']}/assets/nothing")

    assert answer.status_code == 307
    assert answer.headers["location"] == item["cover"]["url"]
    assert_problem(nothing, 404, "not-found")


def test_no_upstream_address_is_readable_anywhere(world: World) -> None:
    upstreams = [str(one.base_url).split("//")[1] for one in world.sandboxes.values()]
    pages = world.crawl(
        [("limit", "100"), ("include", "native"), ("assets_limit", "200")]
    )

    assert not re.search("|".join(map(re.escape, upstreams)), str(pages))
    assert "http://" not in str(pages)


def test_tampered_tokens_are_refused_each_one(world: World) -> None:
    token = url_of(world, "avatar").split("/")[3]
    draw = random.Random(7)  # noqa: S311  # to be the same each time
    base = world.gateway.base_url
    connection = HTTPConnection(base.host, base.port or 80)
    statuses = set()
    for _ in range(TAMPERED):
        connection.request("GET", f"/v1/media/{tamper(token, draw)}/x.jpg")
        answer = connection.getresponse()
        body = answer.read()
        statuses.add(
            (answer.status, b"forged-link" in body, token[:40].encode() in body)
        )
    connection.close()

    assert statuses == {(403, True, False)}


def tamper(token: str, draw: random.Random) -> str:
    """Change, drop, repeat or cut some letters of a token."""
    letters = list(token)
    while True:
        letters = letters or list(token)
        place = draw.randrange(len(letters))
        match draw.randrange(4):
            case 0:
                letters[place] = draw.choice(LETTERS)
            case 1:
                del letters[place]
            case 2:
                letters.insert(place, letters[place])
            case _:
                letters = letters[: max(place, 1)]
        tampered = "".join(letters)
        if tampered not in {token, ""} and draw.random() < 0.7:
            return tampered


@pytest.mark.parametrize(
    "token", ["x", "", "..", "%2e%2e%2f", "A" * 5000, "\u00e9", "AA=="]
)
def test_what_is_no_token_is_refused(world: World, token: str) -> None:
    assert world.gateway.get(f"/v1/media/{token}/x.jpg").status_code in {403, 404}


def test_a_link_for_an_account_that_the_tenant_has_not_is_not_found(
    world: World,
) -> None:
    sealer = LinkSealer([b"an-old-secret-of-32-bytes-or-more!!"])
    expiry = to_expiry(world.clock.now())

    def ask(tenant: str, item_id: str) -> httpx.Response:
        link = Link(tenant, bytes(8), item_id, None, "0", "full", b"", expiry)
        return world.gateway.get(f"/v1/media/{sealer.seal(link)}/x.jpg")

    assert_problem(ask("other", "avatar:1700000000000"), 404, "not-found")
    assert_problem(ask("nobody", "piktid:a"), 404, "not-found")
    assert_problem(ask("acme", "avatar:1700000000000"), 404, "not-found")


@pytest.mark.parametrize(
    "body",
    [
        "<html><script>alert(1)</script>",
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "",
        "GIF8",
        "%PDF-1.7",
        "PK\x03\x04 no picture",
    ],
)
def test_what_is_no_media_is_not_served(new_world: World, body: str) -> None:
    url = url_of(new_world, "avatar")
    new_world.tell("avatar", "fail", status=200, body=body, path="/get_gallery_image/", headers={"content-type": "image/jpeg"})  # fmt: skip

    assert_problem(new_world.gateway.get(url), 415, "unsupported-media-type")


@pytest.mark.parametrize(
    "body", ["GIF89a=1/*<html>*/;alert(1)//", "RIFF....WEBP<svg/>"]
)
def test_what_is_two_things_at_once_is_a_picture_to_everyone(
    new_world: World, body: str
) -> None:
    url = url_of(new_world, "avatar")
    new_world.tell("avatar", "fail", status=200, body=body, path="/get_gallery_image/", headers={"content-type": "text/html"})  # fmt: skip

    answer = new_world.gateway.get(url)

    assert answer.headers["content-type"] in {"image/gif", "image/webp"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_link_of_a_key_that_was_retired_is_forged(world: World) -> None:
    token = url_of(world, "avatar").split("/")[3]
    known = LinkSealer([b"an-old-secret-of-32-bytes-or-more!!"])
    retired = LinkSealer([b"a-secret-that-was-rotated-out-long-ago"])
    sealed = retired.seal(known.open(token, world.clock.now()))

    answer = world.gateway.get(f"/v1/media/{sealed}/x.jpg")

    assert_problem(answer, 403, "forged-link")


@pytest.mark.parametrize(
    "body", ["GIF89a and then nothing of a picture", "\x89PNG", "<svg/>"]
)
def test_what_cannot_be_drawn_has_no_rendition(new_world: World, body: str) -> None:
    asset = assets_of(new_world, "avatar")[0]
    new_world.tell("avatar", "fail", status=200, body=body, path="/get_")

    answer = new_world.gateway.get(asset["thumbnail_url"])

    assert_problem(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"status": 404}, 404, "not-found"),
        ({"status": 403}, 404, "not-found"),
        ({"status": 410}, 404, "not-found"),
        ({"status": 500}, 503, "upstream-unavailable"),
        ({"status": 429}, 503, "upstream-unavailable"),
        ({"status": 418}, 502, "upstream-rejected"),
        ({"mode": "close"}, 503, "upstream-unavailable"),
        (
            {"status": 302, "headers": {"location": "http://169.254.169.254/latest"}},
            502,
            "upstream-rejected",
        ),
        (
            {"status": 302, "headers": {"location": "file:///etc/passwd"}},
            502,
            "upstream-rejected",
        ),
        (
            {"status": 302, "headers": {"location": "data:image/png;base64,AA"}},
            502,
            "upstream-rejected",
        ),
        (
            {"status": 302, "headers": {"location": "http://[nowhere/"}},
            502,
            "upstream-rejected",
        ),
    ],
)
def test_an_upstream_that_fails_is_told_of_as_it_is(
    new_world: World, fault: dict[str, object], status: int, code: str
) -> None:
    url = url_of(new_world, "avatar")
    new_world.tell("avatar", "fail", path="/get_gallery_image/", **fault)

    assert_problem(new_world.gateway.get(url), status, code)


def calls_of(world: World, provider: str, path: str) -> int:
    calls = world.ask(provider)["calls"]
    return sum(count for route, count in calls.items() if path in route)


@pytest.mark.parametrize(("redirects", "status"), [(3, 200), (4, 502)])
def test_three_redirects_are_followed_and_no_more(
    new_world: World, redirects: int, status: int
) -> None:
    url = url_of(new_world, "avatar")
    page = new_world.page([("provider", "avatar"), ("kind", "image"), ("limit", "1")])
    native = page["items"][0]["id"].partition(":")[2]
    new_world.reset()
    new_world.tell(
        "avatar",
        "fail",
        status=302,
        count=redirects,
        headers={"location": f"/get_gallery_image/{native}"},
        path="/get_gallery_image/",
    )

    assert new_world.gateway.get(url).status_code == status
    assert calls_of(new_world, "avatar", "/get_gallery_image/") == 4


@pytest.mark.parametrize("name", ["url", "preview_url", "thumbnail_url"])
def test_a_link_is_of_no_use_once_its_tenant_has_lost_the_account(
    new_world: World, name: str
) -> None:
    token = assets_of(new_world, "avatar")[0][name].split("/")[3]
    sealer = LinkSealer([b"an-old-secret-of-32-bytes-or-more!!"])
    link = sealer.open(token, new_world.clock.now())
    lost = sealer.seal(structs.replace(link, tenant="other"))
    for _ in range(2):
        assert new_world.gateway.get(f"/v1/media/{token}/x").status_code == 200

    for _ in range(2):
        answer = new_world.gateway.get(f"/v1/media/{lost}/x")
        assert_problem(answer, 404, "not-found")


def test_a_kept_picture_is_answered_as_one_that_was_just_made(world: World) -> None:
    url = assets_of(world, "piktid")[2]["thumbnail_url"]

    made = world.gateway.get(url)
    kept = world.gateway.get(url)
    head = world.gateway.head(url)
    part = world.gateway.get(url, headers={"Range": "bytes=5-9"})
    known = world.gateway.get(url, headers={"If-None-Match": made.headers["etag"]})

    told = [
        {k: v for k, v in one.headers.items() if k not in {"date", "x-request-id"}}
        for one in (made, kept, head)
    ]
    assert told[0] == told[1] == told[2]
    assert made.content == kept.content
    assert (part.status_code, part.content) == (206, made.content[5:10])
    assert (head.content, known.status_code) == (b"", 304)


@pytest.mark.parametrize("name", ["x/y", "", ".."])
def test_a_kept_picture_has_no_further_paths(world: World, name: str) -> None:
    token = assets_of(world, "piktid")[2]["thumbnail_url"].split("/")[3]
    world.gateway.get(f"/v1/media/{token}/x.webp").raise_for_status()

    assert world.gateway.get(f"/v1/media/{token}/{name}").status_code == 404


def test_a_voided_token_is_not_seen_by_who_asks_for_a_file(own_world: World) -> None:
    url = url_of(own_world, "avatar")
    own_world.sandboxes["avatar"].post("/login", json={"email": "demo@example.com"})

    assert own_world.gateway.get(url).status_code == 200


def test_links_are_not_counted_and_need_no_key(world: World) -> None:
    answer = world.gateway.get(url_of(world, "avatar"))

    assert "ratelimit" not in answer.headers
    assert WRITER not in answer.request.headers.values()
