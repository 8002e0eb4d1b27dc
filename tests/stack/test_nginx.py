"""Through nginx, as compose.yaml has it before two gateways.

Skipped where there is no nginx; GATEWAY_TEST_ALL makes its absence a failure.
"""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import plain
from tests.conftest import RedisServer
from tests.stack.echo import Echo, echoing
from tests.stack.gateways import (
    KEY,
    Gateway,
    document,
    ids_of,
    items_of,
    serve,
    tell,
    write,
)
from tests.stack.nginx import Nginx, ask, find_nginx, running_nginx
from tests.stack.processes import BOUND_SECONDS, Commands, wait_until
from tests.tcp_ports import reserve_port

CRAWLS = 4
LIMIT = 24


@pytest.fixture
def program() -> str:
    return find_nginx()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "nginx"
    folder.mkdir()
    return folder


@pytest.fixture
def echoes() -> Iterator[list[Echo]]:
    with echoing(200, 200) as servers:
        yield servers


@pytest.fixture
def nginx(program: str, echoes: list[Echo], folder: Path) -> Iterator[Nginx]:
    """An nginx before two servers that tell what they were asked."""
    with running_nginx(program, [echo.port for echo in echoes], folder) as nginx:
        forget(echoes)
        yield nginx


@pytest.fixture
def gateways(
    program: str,
    commands: Commands,
    sandboxes: dict[str, str],
    own_redis: RedisServer,
    tmp_path: Path,
) -> list[Gateway]:
    limits = {"requests_per_minute": 1_000_000}
    whole = document(sandboxes, redis={"url": own_redis.url}, limits=limits)
    path = write(tmp_path, whole)
    return [serve(commands, path) for _ in range(2)]


def forget(echoes: list[Echo]) -> None:
    for echo in echoes:
        echo.calls.clear()


def methods_of(echoes: list[Echo]) -> list[str]:
    return [call["method"] for echo in echoes for call in echo.calls]


def port_of(gateway: Gateway) -> int:
    port = httpx.URL(gateway.address).port
    assert port is not None
    return port


def crawl(nginx: Nginx) -> list[str]:
    """Read to the end; every single answer must be a page."""
    ids: list[str] = []
    page: dict[str, Any] = {"next_cursor": ""}
    while page["next_cursor"] is not None:
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
        answer = plain.get(
            f"{nginx.address}/v1/gallery",
            params={"limit": LIMIT, **cursor},
            headers={"x-api-key": KEY},
            timeout=BOUND_SECONDS,
        )
        assert answer.status_code == 200, answer.text
        page = answer.json()
        ids += ids_of(page)
    assert page["complete"]
    return ids


def test_crawls_go_on_over_a_gateway_that_is_killed(
    program: str,
    gateways: list[Gateway],
    sandboxes: dict[str, str],
    own_redis: RedisServer,
    folder: Path,
) -> None:
    for address in sandboxes.values():
        tell(address, "delay", seconds=0.05)

    with (
        running_nginx(program, [port_of(one) for one in gateways], folder) as nginx,
        ThreadPoolExecutor(CRAWLS) as pool,
    ):
        running = [pool.submit(crawl, nginx) for _ in range(CRAWLS)]
        wait_until(lambda: len(nginx.events()) > CRAWLS, "some pages")
        gateways[0].command.kill()
        are_running = [not one.done() for one in running]
        crawled = [one.result() for one in running]

    assert all(are_running)
    for ids in crawled:
        assert len(ids) == len(set(ids))
        assert set(ids) == items_of(sandboxes)
    passed_on = [e for e in nginx.events() if ", " in e["gateway"]]
    assert passed_on
    assert {event["status"] for event in passed_on} == {200}


def test_a_media_links_token_and_a_query_are_not_logged(
    program: str, gateways: list[Gateway], folder: Path
) -> None:
    gateways[1].command.end()
    with running_nginx(program, [port_of(one) for one in gateways], folder) as nginx:
        page = ask(nginx, "/v1/gallery?q=a&limit=1", x_api_key=KEY).json()
        link = page["items"][0]["cover"]["url"]
        whole = ask(nginx, link)
        part = ask(nginx, link, range="bytes=2-5", x_request_id="of-media")
        gateways[0].command.kill()
        away = ask(nginx, link, x_request_id="of-media-away")
        logged = [nginx.until_it_logged("of-media"), nginx.events()[-1]]

    assert whole.status_code == 200
    assert part.status_code == 206
    assert part.content == whole.content[2:6]
    assert away.status_code == 503
    assert [event["path"] for event in logged] == ["/v1/media", "/v1/media"]
    token = link.split("/")[3]
    assert token not in nginx.log + nginx.errors
    assert "q=" not in nginx.log + nginx.errors


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_may_be_repeated_is_asked_of_the_other_gateway(
    nginx: Nginx, echoes: list[Echo], method: str
) -> None:
    echoes[0].status = 0

    answers = [ask(nginx, "/v1/gallery/x", method) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert methods_of(echoes[:1]) == [method]
    assert methods_of(echoes[1:]) == [method, method]


def test_what_may_not_be_repeated_is_not(nginx: Nginx, echoes: list[Echo]) -> None:
    for echo in echoes:
        echo.status = 0

    answer = ask(nginx, "/v1/gallery", "POST")

    assert answer.status_code == 503
    assert methods_of(echoes) == ["POST"]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_gateways_own_answer_is_passed_on_and_asked_for_once(
    nginx: Nginx, echoes: list[Echo], status: int
) -> None:
    for echo in echoes:
        echo.status = status

    answer = ask(nginx, "/v1/gallery")

    assert answer.status_code == status
    assert answer.json()["path"] == "/v1/gallery"
    assert methods_of(echoes) == ["GET"]


def test_no_gateway_at_all_is_a_problem_with_a_time_to_try_again(
    program: str, folder: Path
) -> None:
    nobody = [reserve_port(), reserve_port()]
    with running_nginx(program, nobody, folder) as nginx:
        answer = ask(nginx, "/v1/gallery")

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["code"] == "upstream-unavailable"
    assert answer.json()["status"] == 503


def test_a_call_arrives_as_it_was_made(nginx: Nginx) -> None:
    path = "/v1/gallery/avatar%3A1%2F2?q=a%20b&cursor=x"

    told = ask(nginx, path, host="gallery.example.com", authorization="Bearer k").json()

    assert told["path"] == path
    assert told["headers"]["host"] == "gallery.example.com"
    assert told["headers"]["authorization"] == "Bearer k"


def test_the_callers_address_is_what_nginx_sees(nginx: Nginx) -> None:
    told = ask(nginx, "/", x_forwarded_for="6.6.6.6", x_forwarded_proto="gopher")

    assert told.json()["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert told.json()["headers"]["x-forwarded-proto"] == "http"


def test_a_call_has_one_id_in_both_logs(nginx: Nginx) -> None:
    named = ask(nginx, "/", x_request_id="mine-1")
    unnamed = ask(nginx, "/")

    given = unnamed.json()["headers"]["x-request-id"]
    assert named.json()["headers"]["x-request-id"] == "mine-1"
    assert nginx.until_it_logged("mine-1")["status"] == 200
    assert len(given) >= 32
    assert nginx.until_it_logged(given)["status"] == 200


def test_metrics_are_not_for_the_outside(nginx: Nginx, echoes: list[Echo]) -> None:
    answer = ask(nginx, "/metrics")

    assert answer.status_code == 404
    assert methods_of(echoes) == []


def test_too_long_a_body_never_reaches_a_gateway(
    nginx: Nginx, echoes: list[Echo]
) -> None:
    answer = plain.post(nginx.address, content=b"0" * (16_384 + 1))

    assert answer.status_code == 413
    assert answer.json()["code"] == "too-large"
    assert methods_of(echoes) == []
    assert answer.headers["server"] == "nginx"


def test_one_address_has_so_many_connections_and_no_more(nginx: Nginx) -> None:
    host, port = nginx.address.removeprefix("http://").split(":")
    begun = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n1"
    with ExitStack() as stack:

        def begin() -> None:
            one = stack.enter_context(socket.create_connection((host, int(port))))
            one.sendall(begun)

        def is_refused() -> bool:
            begin()  # one for any that nginx has let go of meanwhile
            return ask(nginx, "/health/live").status_code == 429

        for _ in range(100):
            begin()
        wait_until(is_refused, "a refusal")
        refused = ask(nginx, "/health/live")

    assert refused.headers["retry-after"] == "1"
    assert refused.json()["code"] == "rate-limited"
    wait_until(lambda: ask(nginx, "/").status_code == 200, "an answer")


def test_one_address_may_ask_so_often_and_no_more(program: str, folder: Path) -> None:
    asked = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n" * 800
    with running_nginx(program, [reserve_port(), reserve_port()], folder) as nginx:
        host, port = nginx.address.removeprefix("http://").split(":")
        begun, told = time.monotonic(), b""
        for _ in range(2):
            with socket.create_connection((host, int(port))) as caller:
                caller.sendall(asked)
                caller.shutdown(socket.SHUT_WR)
                while chunk := caller.recv(2**16):
                    told += chunk
        seconds = time.monotonic() - begun
        later = ask(nginx, "/")

    refused, others = told.count(b"HTTP/1.1 429"), told.count(b"HTTP/1.1 503")
    assert refused + others == 1_600
    assert 900 <= others <= 1_000 + 200 * (seconds + 1)
    assert later.status_code in {429, 503}


@pytest.mark.parametrize(
    "path",
    [
        "/V1/MEDIA/{}/x.jpg",
        "/v1/media;a/{}/x.jpg",
        "/v1/%6dedia/{}/x.jpg",
        "/v1//media//{}",
        "/v1/midea/{}/x.jpg",
        "/{}",
    ],
)
def test_no_token_is_logged_however_its_path_is_spelt(nginx: Nginx, path: str) -> None:
    token = "Ab_01km3cbqpSxgru" * 4
    request_id = f"of-{abs(hash(path))}"

    ask(nginx, path.format(token), x_request_id=request_id)

    nginx.until_it_logged(request_id)
    assert token not in nginx.log + nginx.errors
