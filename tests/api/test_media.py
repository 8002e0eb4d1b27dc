"""Media links over real sockets: what is served, and what becomes of bad upstreams."""

import io
import random
import re
from typing import Any

import httpx
import pytest
from PIL import Image

from gateway.core.links import Link, LinkSealer, to_expiry
from tests.api.world import PROVIDERS, WRITER, World, assert_problem

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
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    with httpx.Client(base_url=world.gateway.base_url) as client:
        for _ in range(2_000):
            place = draw.randrange(len(token))
            tampered = token[:place] + draw.choice(letters) + token[place + 1 :]
            if tampered != token:
                answer = client.get(f"/v1/media/{tampered}/x.jpg")
                assert answer.status_code == 403, tampered
                assert tampered not in answer.text


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
    ],
)
def test_an_upstream_that_fails_is_told_of_as_it_is(
    new_world: World, fault: dict[str, object], status: int, code: str
) -> None:
    url = url_of(new_world, "avatar")
    new_world.tell("avatar", "fail", path="/get_gallery_image/", **fault)

    assert_problem(new_world.gateway.get(url), status, code)


def test_an_address_that_is_no_longer_good_is_looked_up_anew_once(
    new_world: World,
) -> None:
    url = url_of(new_world, "piktid")
    new_world.tell("piktid", "fail", status=403, count=1, path="/media")

    answer = new_world.gateway.get(url)

    assert answer.status_code in {200, 404}


def test_a_voided_token_is_not_seen_by_who_asks_for_a_file(own_world: World) -> None:
    url = url_of(own_world, "avatar")
    own_world.sandboxes["avatar"].post("/login", json={"email": "demo@example.com"})

    assert own_world.gateway.get(url).status_code == 200


def test_links_are_not_counted_and_need_no_key(world: World) -> None:
    answer = world.gateway.get(url_of(world, "avatar"))

    assert "ratelimit" not in answer.headers
    assert WRITER not in answer.request.headers.values()
