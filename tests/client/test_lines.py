"""Both shells over lines that break, and before servers that are no gateway."""

import asyncio
import time
from pathlib import Path

import pytest

from gateway.client import (
    AsyncGallery,
    ConnectionFailedError,
    Gallery,
    GatewayError,
    RateLimitedError,
)
from tests.client.conftest import Open
from tests.client.scripted import Play, raw, reset, say_nothing, scripted, tell, trickle
from tests.tcp_ports import reserve_port

PROVIDERS = tell({"providers": []})
HALF = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{")
BROKEN = {
    "reset": reset,
    "half": HALF,
    "silent": raw(b""),
    "half-head": raw(b"HTTP/1.1 200 OK\r\ncontent-"),
    "babble": raw(b"\x00\x01\x02\r\n\r\n"),
    "chunks": raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n"),
    "packed": raw(
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc"
    ),
    "no-gateway": tell("<html>", 502),
}


@pytest.mark.parametrize("play", BROKEN.values(), ids=BROKEN)
def test_a_line_that_breaks_is_tried_again(open_gallery: Open, play: Play) -> None:
    with scripted(play, play, PROVIDERS) as (address, asked):
        assert open_gallery(address).providers() == ()

    assert len(asked) == 3


@pytest.mark.parametrize("play", BROKEN.values(), ids=BROKEN)
def test_a_line_that_stays_broken_is_told(open_gallery: Open, play: Play) -> None:
    with (
        scripted(play) as (address, asked),
        pytest.raises(ConnectionFailedError) as caught,
    ):
        open_gallery(address, "s3cret", retries=1).providers()

    assert caught.value.code == "connection-failed"
    assert len(asked) == 2
    assert "s3cret" not in str(caught.value)
    assert address not in str(caught.value)


@pytest.mark.parametrize("play", [reset, HALF], ids=["reset", "half"])
def test_what_changes_something_is_sent_once(open_gallery: Open, play: Play) -> None:
    with scripted(play) as (address, asked):
        gallery = open_gallery(address)
        with pytest.raises(ConnectionFailedError):
            gallery.delete("avatar:1")
        with pytest.raises(ConnectionFailedError):
            gallery.call("avatar", "upload_avatar", b"\xff\xd8\xff")

    assert [one.method for one in asked] == ["DELETE", "POST"]


def test_a_submission_is_sent_again_with_the_key_that_it_had(
    open_gallery: Open,
) -> None:
    job = {"id": "job_1", "provider": "avatar", "operation": "generate"}
    with scripted(reset, HALF, tell({**job, "status": "queued"}, 202)) as (
        address,
        asked,
    ):
        handle = open_gallery(address).submit("avatar", "generate", {"a": 1})
        other = open_gallery(address).submit("avatar", "generate", {"a": 1})

    keys = [one.headers["idempotency-key"] for one in asked]
    assert (handle.id, handle.status) == ("job_1", "queued")
    assert len(set(keys[:3])) == 1
    assert keys[3] != keys[0]
    assert {one.body for one in asked} == {b'{"a":1}'}
    assert other.id == handle.id


def test_nobody_there_is_told_in_time(open_gallery: Open) -> None:
    begun = time.monotonic()

    with pytest.raises(ConnectionFailedError):
        open_gallery(f"http://127.0.0.1:{reserve_port()}").page()

    assert time.monotonic() - begun < 10


def test_an_answer_that_trickles_is_given_up(open_gallery: Open) -> None:
    with scripted(trickle) as (address, _):
        begun = time.monotonic()
        with pytest.raises(ConnectionFailedError, match="took too long"):
            open_gallery(address, timeout_seconds=0.3).page()
        seconds = time.monotonic() - begun

    assert 0.3 <= seconds < 5


def test_an_answer_that_never_comes_is_given_up(open_gallery: Open) -> None:
    with (
        scripted(say_nothing) as (address, _),
        pytest.raises(ConnectionFailedError, match="Timeout"),
    ):
        open_gallery(address, timeout_seconds=0.2).page()


def test_a_limit_is_kept_to(open_gallery: Open) -> None:
    busy = tell({"code": "rate-limited", "title": "Slowly"}, 429, retry_after="1")
    with scripted(busy, PROVIDERS) as (address, asked):
        begun = time.monotonic()
        open_gallery(address).providers()
        seconds = time.monotonic() - begun

    assert len(asked) == 2
    assert 1.0 <= seconds < 5


def test_a_limit_that_lasts_longer_is_told(open_gallery: Open) -> None:
    busy = tell({"code": "rate-limited", "title": "Slowly"}, 429, retry_after="60")
    with scripted(busy) as (address, _), pytest.raises(RateLimitedError) as caught:
        open_gallery(address).providers()

    assert caught.value.retry_after_seconds == 60.0


@pytest.mark.parametrize("status", [200, 302, 418, 500])
def test_a_server_that_is_no_gateway_is_told_as_such(
    open_gallery: Open, status: int
) -> None:
    with (
        scripted(tell("hello", status, location="/elsewhere")) as (address, asked),
        pytest.raises(GatewayError) as caught,
    ):
        open_gallery(address).providers()

    assert (caught.value.code, caught.value.status) == ("unexpected-answer", status)
    assert len(asked) == 1


def test_a_key_goes_to_the_gallery_alone(open_gallery: Open, tmp_path: Path) -> None:
    file = tell("file", 200, etag='"1"')
    with scripted(PROVIDERS) as (address, asked), scripted(file) as (other, fetched):
        gallery = open_gallery(address, "s3cret")
        gallery.providers()
        gallery.download(f"{other}/v1/media/t/a.jpg", tmp_path / "a.jpg")

    assert asked[0].headers["authorization"] == "Bearer s3cret"
    assert "authorization" not in fetched[0].headers
    assert (tmp_path / "a.jpg").read_bytes() == b'"file"'


def test_a_gallery_may_be_under_a_path(open_gallery: Open, tmp_path: Path) -> None:
    with scripted(PROVIDERS, tell("file")) as (address, asked):
        gallery = open_gallery(f"{address}/under/it/")
        gallery.providers()
        gallery.download("/v1/media/t/a.jpg", tmp_path / "a.jpg")

    assert [one.path for one in asked] == [
        "/under/it/v1/providers",
        "/v1/media/t/a.jpg",
    ]


@pytest.mark.parametrize("url", ["", "gallery", "ftp://x", "http://", "//x"])
def test_an_address_that_is_none_is_told_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="an address begins with http"):
        Gallery(url)


@pytest.mark.parametrize("key", ["", "a\nb", "schlüssel"])
def test_a_key_that_fits_no_header_is_told_and_not_shown(key: str) -> None:
    with pytest.raises(
        ValueError, match="a key is printable ASCII characters"
    ) as caught:
        Gallery(key=key)

    assert not key or key not in str(caught.value)


def test_a_crawl_that_is_cancelled_in_mid_page_may_go_on() -> None:
    item = {"id": "a:1", "provider": "a", "kind": "image", "status": "ready"}
    told = {"items": [item], "next_cursor": None, "complete": True, "sources": []}
    page = tell({**told, "links_expire_at": None})

    async def crawl(address: str) -> list[str]:
        async with AsyncGallery(address) as gallery:
            items = gallery.items()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await anext(items)
            return [item.id async for item in items]

    with scripted(say_nothing, page) as (address, asked):
        ids = asyncio.run(crawl(address))

    assert (ids, len(asked)) == (["a:1"], 2)


def test_tasks_may_share_a_crawl() -> None:
    item = {"id": "a:1", "provider": "a", "kind": "image", "status": "ready"}
    told = {"complete": False, "sources": [], "links_expire_at": None}
    pages = [
        tell({**told, "items": [{**item, "id": f"a:{n}"}], "next_cursor": following})
        for n, following in enumerate(["c1", "c2", None])
    ]

    async def crawl(address: str) -> list[str]:
        async with AsyncGallery(address) as gallery:
            items = gallery.items()
            taken = await asyncio.gather(*(anext(items) for _ in range(3)))
            return [item.id for item in taken]

    with scripted(*pages) as (address, asked):
        ids = asyncio.run(crawl(address))

    assert (sorted(ids), len(asked)) == (["a:0", "a:1", "a:2"], 3)
