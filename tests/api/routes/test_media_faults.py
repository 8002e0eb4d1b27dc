"""Files that upstreams send wrongly, over real sockets."""

import gzip
import io
import re
import time
import zlib

import httpx
import pytest
from PIL import Image

from tests.api.raw_upstream import JPEG, Raw, answering, replying
from tests.api.routes.test_media import assets_of, url_of
from tests.api.world import World, assert_problem

SIZE = str(len(JPEG)).encode()


def redirect(world: World, raw: Raw, path: str = "/get_") -> None:
    """Let the avatar upstream point to the raw one."""
    location = {"location": f"http://127.0.0.1:{raw.port}/picture"}
    world.tell("avatar", "fail", status=302, headers=location, path=path)


@pytest.mark.parametrize(
    "head",
    [
        b"content-length: " + str(len(JPEG) * 2).encode(),
        b"transfer-encoding: chunked",
    ],
)
def test_a_transfer_that_breaks_off_upstream_is_seen_to_be_broken(
    new_world: World, head: bytes
) -> None:
    url = url_of(new_world, "avatar")
    body = JPEG if b"length" in head else b"%x\r\n%b\r\n" % (len(JPEG), JPEG)

    with answering(head, body) as raw:
        redirect(new_world, raw)
        with pytest.raises(httpx.TransportError):
            new_world.gateway.get(url)


def test_a_whole_file_comes_through_redirects(new_world: World) -> None:
    url = url_of(new_world, "avatar")

    with answering(b"content-length: " + SIZE, JPEG) as raw:
        redirect(new_world, raw)
        answer = new_world.gateway.get(url)
        part = new_world.gateway.get(url, headers={"Range": "bytes=300-309"})

    assert (answer.status_code, answer.content) == (200, JPEG)
    assert (part.status_code, part.content) == (206, JPEG[300:310])


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("1-2", 1, 2), ("-5", -5, -1), ("300-", 300, -1)]
)
def test_a_range_is_served_though_the_upstream_tells_no_length(
    new_world: World, asked: str, first: int, last: int
) -> None:
    url, size = url_of(new_world, "avatar"), len(JPEG)
    begin, end = first % size, last % size

    with answering(b"connection: close", JPEG) as raw:
        redirect(new_world, raw)
        whole = new_world.gateway.get(url)
        for _ in range(2):
            part = new_world.gateway.get(url, headers={"Range": f"bytes={asked}"})
            assert part.status_code == 206
            assert part.headers["content-range"] == f"bytes {begin}-{end}/{size}"
            assert part.content == JPEG[begin : end + 1]
        behind = new_world.gateway.get(url, headers={"Range": f"bytes={size}-"})

    assert (whole.status_code, whole.content) == (200, JPEG)
    assert_problem(behind, 416, "range-not-satisfiable")


@pytest.mark.parametrize(("count", "status"), [(3, 200), (500_000, 503)])
def test_preliminary_answers_are_passed_over_but_for_a_flood(
    new_world: World, count: int, status: int
) -> None:
    url = url_of(new_world, "avatar")
    begun = time.monotonic()

    with answering(
        b"content-length: " + SIZE, JPEG, before=b"HTTP/1.1 103 E\r\n\r\n" * count
    ) as raw:
        redirect(new_world, raw)
        answer = new_world.gateway.get(url)

    assert answer.status_code == status, answer.text[:300]
    assert status != 200 or answer.content == JPEG
    assert time.monotonic() - begun < 5


def test_a_range_of_a_file_without_an_end_is_the_whole(new_world: World) -> None:
    url = url_of(new_world, "avatar")

    with answering(b"connection: close", JPEG * 400, endless=True) as raw:
        redirect(new_world, raw)
        headers = {"Range": "bytes=1-2"}
        with new_world.gateway.stream("GET", url, headers=headers) as answer:
            first = next(answer.iter_raw())

    assert answer.status_code == 200
    assert first.startswith(JPEG[:10])


def test_a_client_that_goes_away_ends_the_upstreams_call(new_world: World) -> None:
    url = url_of(new_world, "avatar")

    with answering(b"connection: close", JPEG, endless=True) as raw:
        redirect(new_world, raw)
        with new_world.gateway.stream("GET", url) as answer:
            first = next(answer.iter_raw())
        ended = raw.hung_up.wait(10)

    assert first.startswith(JPEG[:10])
    assert ended


def test_an_endless_file_is_never_drawn_from(new_world: World) -> None:
    page = new_world.page([("provider", "avatar"), ("kind", "image")])
    url = page["items"][0]["cover"]["preview_url"]

    with answering(b"connection: close", JPEG * 20, endless=True) as raw:
        redirect(new_world, raw)
        answer = new_world.gateway.get(url)
        ended = raw.hung_up.wait(10)

    assert_problem(answer, 415, "unsupported-media-type")
    assert ended


@pytest.mark.parametrize(
    "head",
    [b"content-encoding: gzip", b"content-length: many", b"nonsense", b"\x00: \xff"],
)
def test_an_answer_that_is_no_proper_file_is_an_upstreams_fault(
    new_world: World, head: bytes
) -> None:
    url = url_of(new_world, "avatar")

    with answering(head, b"<html>") as raw:
        redirect(new_world, raw)
        answer = new_world.gateway.get(url)

    assert answer.status_code in {415, 503}


def whole(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    told = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*told, "", ""]).encode() + body


@pytest.mark.parametrize(
    "encoding", ["", "identity", "aws-chunked", "utf-8", "gzip", "deflate"]
)
def test_a_file_that_only_says_that_it_is_packed_is_taken_as_it_is(
    new_world: World, encoding: str
) -> None:
    url = url_of(new_world, "avatar")

    with replying(lambda _: whole(JPEG, f"content-encoding: {encoding}")) as raw:
        redirect(new_world, raw)
        answer = new_world.gateway.get(url)

    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_a_packed_file_is_unpacked(new_world: World, encoding: str, pack) -> None:
    url, packed = url_of(new_world, "avatar"), pack(JPEG)

    with replying(lambda _: whole(packed, f"content-encoding: {encoding}")) as raw:
        redirect(new_world, raw)
        answer = new_world.gateway.get(url)
        part = new_world.gateway.get(url, headers={"Range": "bytes=300-309"})

    assert (answer.status_code, answer.content) == (200, JPEG)
    assert (part.status_code, part.content) == (206, JPEG[300:310])


def test_a_part_of_a_packed_file_is_cut_from_the_whole(new_world: World) -> None:
    url, packed = url_of(new_world, "avatar"), gzip.compress(JPEG)

    def reply(asked: str) -> bytes:
        if "bytes=300-309" not in asked:
            return whole(packed, "content-encoding: gzip")
        told = f"content-range: bytes 300-309/{len(packed)}"
        part = packed[300:310]
        return whole(part, told, "content-encoding: gzip", status="206 Partial Content")

    with replying(reply) as raw:
        redirect(new_world, raw)
        part = new_world.gateway.get(url, headers={"Range": "bytes=300-309"})

    assert (part.status_code, part.content) == (206, JPEG[300:310])
    assert part.headers["content-range"] == f"bytes 300-309/{len(JPEG)}"


@pytest.mark.parametrize(
    ("told", "last"), [("bytes 300-309/*", 309), (f"bytes 300-304/{len(JPEG)}", 304)]
)
def test_a_range_that_is_short_or_of_unknown_length_is_passed_on(
    new_world: World, told: str, last: int
) -> None:
    url = url_of(new_world, "avatar")

    def reply(asked: str) -> bytes:
        if "bytes=300-309" not in asked:
            return whole(JPEG)
        part = JPEG[300 : last + 1]
        return whole(part, f"content-range: {told}", status="206 Partial Content")

    with replying(reply) as raw:
        redirect(new_world, raw)
        answer = new_world.gateway.get(url, headers={"Range": "bytes=300-309"})

    assert (answer.status_code, answer.content) == (206, JPEG[300 : last + 1])
    assert answer.headers["content-range"] == told


def literal(asked: str) -> bytes:
    """Answer as a server that takes a suffix longer than the file for none at all."""
    wanted = re.search(r"range: bytes=(\d*)-(\d*)", asked, re.IGNORECASE)
    if wanted is None:
        return whole(JPEG)
    first = int(wanted[1]) if wanted[1] else len(JPEG) - int(wanted[2])
    if not 0 <= first < len(JPEG):
        told = f"content-range: */{len(JPEG)}"
        return whole(b"", told, status="416 Range Not Satisfiable")
    last = int(wanted[2]) if wanted[1] and wanted[2] else len(JPEG) - 1
    told = f"content-range: bytes {first}-{last}/{len(JPEG)}"
    return whole(JPEG[first : last + 1], told, status="206 Partial Content")


def test_a_range_behind_the_end_is_refused_with_the_length(new_world: World) -> None:
    url = url_of(new_world, "avatar")

    with replying(literal) as raw:
        redirect(new_world, raw)
        answer = new_world.gateway.get(url, headers={"Range": f"bytes={len(JPEG)}-"})

    assert_problem(answer, 416, "range-not-satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(JPEG)}"


def test_a_suffix_longer_than_the_file_is_the_whole(new_world: World) -> None:
    url = url_of(new_world, "avatar")

    with replying(literal) as raw:
        redirect(new_world, raw)
        answer = new_world.gateway.get(url, headers={"Range": "bytes=-999999"})

    assert (answer.status_code, answer.content) == (206, JPEG)
    size = len(JPEG)
    assert answer.headers["content-range"] == f"bytes 0-{size - 1}/{size}"


def test_a_kept_connection_that_ends_as_it_is_used_again_is_made_anew(
    new_world: World,
) -> None:
    url = url_of(new_world, "avatar")
    asked: list[str] = []

    def reply(request: str) -> bytes:
        asked.append(request)
        return b"" if len(asked) == 2 else whole(JPEG)

    with replying(reply) as raw:
        redirect(new_world, raw)
        answers = [new_world.gateway.get(url) for _ in range(2)]

    assert [answer.content for answer in answers] == [JPEG, JPEG]
    assert len(asked) == 3
    assert raw.connections == 2


def gif() -> bytes:
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()


@pytest.mark.parametrize("name", ["url", "thumbnail_url"])
def test_a_video_that_is_an_animated_picture_is_told_to_be_one(
    new_world: World, name: str
) -> None:
    video = assets_of(new_world, "avatar", "video")[0]
    content = gif()
    head = b"content-length: " + str(len(content)).encode()
    with answering(head, content) as raw:
        redirect(new_world, raw, "/get_gallery_video")
        answer = new_world.gateway.get(video[name])
    new_world.clock.turn(200)
    pictures = assets_of(new_world, "avatar")
    (seen,) = [one for one in pictures if one["filename"] == video["filename"]]

    assert answer.status_code == 200, answer.text[:300]
    assert video["kind"] == "video"
    assert seen["media_type"] == "image/gif"
    assert seen["size_bytes"] == len(content)
    assert seen["thumbnail_url"]


class Changing:
    """An upstream's file that changes under its address."""

    def __init__(self, *tags: str) -> None:
        self.body = JPEG
        self.tags = tags
        self.does_ranges = True
        self.asked: list[str] = []

    def change(self, *tags: str) -> None:
        self.body = JPEG[:20] + JPEG[::-1]
        self.tags = tags

    def reply(self, request: str) -> bytes:
        self.asked.append(request)
        found = re.search(r"range: bytes=(\d+)-", request, re.IGNORECASE)
        body, status, told = self.body, "200 OK", list(self.tags)
        if found and self.does_ranges:
            first, size = int(found[1]), len(body)
            status, body = "206 Partial Content", body[first:]
            told.append(f"content-range: bytes {first}-{size - 1}/{size}")
        head = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *told, "", ""]
        return "\r\n".join(head).encode() + body


ETAG = 'etag: "first"'
OTHER_ETAG = 'etag: "second"'
DATE = "date: Mon, 01 Jun 2026 10:00:00 GMT"
MODIFIED = "last-modified: Mon, 01 Jun 2026 09:00:00 GMT"
OTHER_MODIFIED = "last-modified: Mon, 01 Jun 2026 09:30:00 GMT"
LATELY = "last-modified: Mon, 01 Jun 2026 10:00:00 GMT"


def resume(world: World, url: str, etag: str, first: int = 100) -> httpx.Response:
    headers = {"Range": f"bytes={first}-", "If-Range": etag}
    return world.gateway.get(url, headers=headers)


@pytest.mark.parametrize("does_ranges", [True, False])
@pytest.mark.parametrize(
    ("before", "after"),
    [([ETAG], [OTHER_ETAG]), ([MODIFIED, DATE], [OTHER_MODIFIED, DATE])],
)
def test_parts_of_one_version_are_joined_and_of_two_never(
    new_world: World, before: list[str], after: list[str], *, does_ranges: bool
) -> None:
    url, file = url_of(new_world, "avatar"), Changing(*before)
    file.does_ranges = does_ranges
    with replying(file.reply) as raw:
        redirect(new_world, raw)
        whole = new_world.gateway.get(url)
        same = resume(new_world, url, whole.headers["etag"])
        file.change(*after)
        other = resume(new_world, url, whole.headers["etag"])
        again = resume(new_world, url, other.headers["etag"])

    assert (same.status_code, same.content) == (206, JPEG[100:])
    assert same.headers["etag"] == whole.headers["etag"]
    assert (other.status_code, other.content) == (200, file.body)
    assert other.headers["etag"] != whole.headers["etag"]
    assert (again.status_code, again.content) == (206, file.body[100:])


@pytest.mark.parametrize("tags", [['etag: W/"first"'], [MODIFIED], [LATELY, DATE]])
def test_parts_of_what_is_only_nearly_the_same_are_not_joined(
    new_world: World, tags: list[str]
) -> None:
    url, file = url_of(new_world, "avatar"), Changing(*tags)
    with replying(file.reply) as raw:
        redirect(new_world, raw)
        whole = new_world.gateway.get(url)
        part = resume(new_world, url, whole.headers["etag"])

    assert whole.headers["etag"].startswith('W/"')
    assert (part.status_code, part.content) == (200, JPEG)


def test_a_range_behind_the_end_of_another_version_is_the_whole(
    new_world: World,
) -> None:
    url, file = url_of(new_world, "avatar"), Changing(ETAG)
    file.does_ranges = False
    with replying(file.reply) as raw:
        redirect(new_world, raw)
        etag = new_world.gateway.get(url).headers["etag"]
        behind = resume(new_world, url, etag, len(JPEG))
        file.change(OTHER_ETAG)
        other = resume(new_world, url, etag, len(file.body))

    assert_problem(behind, 416, "range-not-satisfiable")
    assert (other.status_code, other.content) == (200, file.body)


def test_a_version_is_known_again_and_another_is_sent(new_world: World) -> None:
    url, file = url_of(new_world, "avatar"), Changing(ETAG)
    with replying(file.reply) as raw:
        redirect(new_world, raw)
        known = {"If-None-Match": new_world.gateway.get(url).headers["etag"]}
        asked = len(file.asked)
        same = new_world.gateway.get(url, headers=known)
        assert len(file.asked) == asked
        file.change(OTHER_ETAG)
        new_world.clock.turn(61)
        other = new_world.gateway.get(url, headers=known)
        same_again = new_world.gateway.get(
            url, headers={"If-None-Match": f'"x", {other.headers["etag"]}'}
        )

    assert (same.status_code, same.content) == (304, b"")
    assert (other.status_code, other.content) == (200, file.body)
    assert same_again.status_code == 304
    assert same_again.headers["etag"] == other.headers["etag"]
