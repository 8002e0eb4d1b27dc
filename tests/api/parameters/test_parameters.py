"""Every bad value is a 400 that names its parameter, and no input is a 500."""

import socket

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from gateway.crawl.cursor import Crawl, CursorSealer
from tests.api.world import OTHER, WRITER, Parameters, World, assert_problem

SINGLE = {
    "limit": "5",
    "q": "a",
    "created_after": "2024-01-01T00:00:00Z",
    "created_before": "2024-01-01T00:00:00Z",
    "assets_limit": "2",
    "require": "any",
    "piktid.project_id": "7",
    "hyper3d.type": "Featured",
}
REPEATABLE = ("provider", "kind", "status", "include", "hyper3d.task_step")
NOT_WHOLE = ("", "abc", "1.5", "1e1", "+5", " 5", "5 ", "-1", "٣", "0x5", "9" * 400)
NOT_A_TIME = (
    "",
    "yesterday",
    "2024",
    "2024-01-01",
    "2024-01-01T00:00:00",
    "2024-13-01T00:00:00Z",
    "2024-01-01T00:00:00+25:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "1704067200",
)
BAD = [
    *[("limit", value) for value in (*NOT_WHOLE, "0", "101", "1000000")],
    *[("assets_limit", value) for value in (*NOT_WHOLE, "201")],
    *[("created_after", value) for value in NOT_A_TIME],
    *[("created_before", value) for value in NOT_A_TIME],
    *[("require", value) for value in ("", "most", "ALL", "any ")],
    *[("provider", value) for value in ("", "nobody", "Hyper3D", "piktid,avatar")],
    *[("kind", value) for value in ("", "Image", "audio", "image,video")],
    *[("status", value) for value in ("", "READY", "done")],
    *[("include", value) for value in ("", "everything", "Native")],
    ("hyper3d.type", "Everything"),
    ("hyper3d.type", ""),
    ("hyper3d.task_step", "Nothing"),
    ("hyper3d.tag_ids", "one"),
    ("hyper3d.tag_ids", str(2**60)),
    ("hyper3d.is_hidden", "perhaps"),
    ("hyper3d.group_uuid", ""),
    ("piktid.project_id", "seven"),
    ("piktid.project_id", "7.5"),
    ("piktid.status", "done"),
    ("piktid.page", "3"),
    ("piktid.order", "asc"),
    ("piktid.", "1"),
    ("avatar.anything", "1"),
    ("nobody.type", "1"),
    ("Limit", "5"),
    ("limit ", "5"),
    ("", "5"),
    ("page", "2"),
    ("kind[]", "image"),
    ("q", "a\x00b"),
    ("q", "a\nb"),
    ("q", "\x7f"),
    ("a\r\nX-Injected: 1", "1"),
]
EVERY_NAME = (*SINGLE, *REPEATABLE, "cursor", "unknown")


def _faulty(answer: httpx.Response) -> set[str]:
    problem = assert_problem(answer, 400, "invalid-parameter")
    assert all(error["message"] for error in problem["errors"])
    return {error["parameter"] for error in problem["errors"]}


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_is_refused_by_name(world: World, name: str, value: str) -> None:
    answer = world.get("/v1/gallery", [(name, value)])

    shown = name if name.isprintable() else ascii(name)
    assert _faulty(answer) == {shown}


@pytest.mark.parametrize("name", SINGLE)
def test_a_single_parameter_is_refused_when_repeated(world: World, name: str) -> None:
    answer = world.get("/v1/gallery", [(name, SINGLE[name])] * 2)

    assert _faulty(answer) == {name}


def test_a_cursor_is_refused_when_repeated(world: World) -> None:
    cursor = world.page([("limit", "1")])["next_cursor"]

    answer = world.get("/v1/gallery", [("cursor", cursor)] * 2)

    assert _faulty(answer) == {"cursor"}


@pytest.mark.parametrize(
    "params",
    [
        [("kind", "image"), ("kind", "image")],
        [("include", "native"), ("include", "native")],
        [("provider", "piktid"), ("provider", "piktid"), ("provider", "avatar")],
    ],
    ids=str,
)
def test_a_repeatable_one_may_even_repeat_its_value(
    world: World, params: Parameters
) -> None:
    world.page([*params, ("limit", "1")])


def test_all_faults_are_told_at_once(world: World) -> None:
    params = [("limit", "0"), ("kind", "audio"), ("color", "red"), ("q", "\x01")]

    answer = world.get("/v1/gallery", params)

    assert _faulty(answer) == {"limit", "kind", "color", "q"}


@pytest.mark.parametrize("name", EVERY_NAME)
def test_fifty_kilobytes_are_refused(world: World, name: str) -> None:
    answer = world.get("/v1/gallery", [(name, "x" * 50_000)])

    code = "invalid-cursor" if name == "cursor" else "invalid-parameter"
    assert_problem(answer, 400, code)


@pytest.mark.parametrize("added", ["%0A", "%00", "%0D%0A", "%7F"])
def test_a_cursor_with_control_characters_is_no_cursor(
    world: World, added: str
) -> None:
    cursor = world.page([("limit", "5")])["next_cursor"]

    answer = world.get(f"/v1/gallery?cursor={cursor}{added}&limit=5")

    assert_problem(answer, 400, "invalid-cursor")


def test_ten_thousand_parameters_are_refused(world: World) -> None:
    answer = world.get("/v1/gallery", [("q", "")] * 10_000)

    assert _faulty(answer)


@pytest.mark.parametrize("name", EVERY_NAME)
@pytest.mark.parametrize("spelling", ["%FF", "%C3%28", "%ED%A0%80", "a%80"])
def test_what_is_not_utf_8_is_refused(world: World, name: str, spelling: str) -> None:
    answer = world.get(f"/v1/gallery?{name}={spelling}")

    if name == "cursor":
        assert_problem(answer, 400, "invalid-cursor")
    else:
        assert _faulty(answer) == {name}


@pytest.mark.parametrize("name", ["%FF", "a%80"])
def test_a_name_that_is_not_utf_8_is_refused(world: World, name: str) -> None:
    answer = world.get(f"/v1/gallery?{name}=1")

    assert _faulty(answer)


@pytest.mark.parametrize("query", [b"q=\xff", b"q=\xc3\xa9", b"\xfe=1"])
def test_raw_bytes_in_the_address_are_refused(world: World, query: bytes) -> None:
    address = (world.gateway.base_url.host, world.gateway.base_url.port or 80)
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(
            b"GET /v1/gallery?" + query + b" HTTP/1.1\r\nHost: gateway\r\n"
            b"Authorization: Bearer reader\r\nConnection: close\r\n\r\n"
        )
        status = connection.makefile("rb").readline()

    assert status.split()[1] == b"400"


@pytest.mark.parametrize("query", ["", "?", "?&", "?&&limit=1&"])
def test_an_empty_query_is_none(world: World, query: str) -> None:
    answer = world.get(f"/v1/gallery{query}")

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/gallery/avatar:1/assets/0"),
        ("DELETE", "/v1/gallery/avatar:1"),
        ("GET", "/v1/providers"),
        ("GET", "/v1/providers/avatar"),
    ],
)
def test_where_there_are_no_parameters_one_is_refused(
    world: World, method: str, path: str
) -> None:
    headers = {"Authorization": f"Bearer {WRITER}"}

    answer = world.gateway.request(method, f"{path}?limit=5", headers=headers)

    problem = assert_problem(answer, 400, "invalid-parameter")
    assert [error["parameter"] for error in problem["errors"]] == ["limit"]


def test_filters_of_a_provider_that_contradict_each_other_are_refused(
    world: World,
) -> None:
    params = [("piktid.search", "a"), ("piktid.job_id", "b")]

    answer = world.get("/v1/gallery", params)

    assert _faulty(answer) == {"piktid.search"}


@settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
@given(
    params=st.lists(
        st.tuples(st.sampled_from(EVERY_NAME) | st.text(), st.text()), max_size=6
    )
)
@example(params=[("q", "\ud800")])
@example(params=[("q", "İ" * 900)])
@example(params=[("limit", "²")])
def test_no_query_breaks_the_gateway(
    world: World, params: list[tuple[str, str]]
) -> None:
    sent = [
        (name.encode(errors="surrogatepass"), value.encode(errors="surrogatepass"))
        for name, value in params
    ]
    query = "&".join(f"{_escape(name)}={_escape(value)}" for name, value in sent)

    answer = world.get(f"/v1/gallery?{query}")

    if answer.status_code != 200:
        assert answer.status_code == 400
        assert answer.json()["code"] in {"invalid-parameter", "invalid-cursor"}


def _escape(text: bytes) -> str:
    return "".join(f"%{byte:02X}" for byte in text)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(item_id=st.text(min_size=1, max_size=300))
@example(item_id="avatar:~")
@example(item_id="avatar:~_w")
@example(item_id="hyper3d:..")
@example(item_id="piktid:%00")
def test_no_item_id_breaks_the_gateway(world: World, item_id: str) -> None:
    path = _escape(item_id.encode(errors="surrogatepass"))

    answer = world.get(f"/v1/gallery/{path}")

    assert answer.status_code in {200, 400, 404}
    if answer.status_code != 200:
        assert answer.headers["content-type"] == "application/problem+json"


# cursors


def _flip(text: str, index: int) -> str:
    other = "A" if text[index] != "A" else "B"
    return text[:index] + other + text[index + 1 :]


@pytest.fixture(scope="session")
def cursor(world: World) -> str:
    found: str = world.page([("limit", "5")])["next_cursor"]
    return found


def test_a_cursor_changed_anywhere_is_refused(world: World, cursor: str) -> None:
    for index in range(0, len(cursor), 7):
        forged = _flip(cursor, index)
        answer = world.get("/v1/gallery", [("cursor", forged)])
        assert answer.status_code in {400, 410}
        assert answer.json()["code"] in {"invalid-cursor", "expired-cursor"}


@pytest.mark.parametrize("kept", [1, 4, 30, -1, -2, -4])
def test_a_cursor_cut_short_is_refused(world: World, cursor: str, kept: int) -> None:
    answer = world.get("/v1/gallery", [("cursor", cursor[:kept])])

    assert_problem(answer, 400, "invalid-cursor")


@pytest.mark.parametrize("garbage", ["", "x", "nonsense", "=", "....", "ü", "A" * 60])
def test_a_cursor_that_never_was_is_refused(world: World, garbage: str) -> None:
    answer = world.get("/v1/gallery", [("cursor", garbage)])

    assert_problem(answer, 400, "invalid-cursor")


@pytest.mark.parametrize("tail", ["=", "==", "A", "%20"])
def test_a_cursor_has_one_spelling(world: World, cursor: str, tail: str) -> None:
    answer = world.get(f"/v1/gallery?cursor={cursor}{tail}")

    assert_problem(answer, 400, "invalid-cursor")


def test_another_tenants_cursor_is_refused(world: World) -> None:
    params = [("limit", "5"), ("provider", "piktid")]
    cursor = world.page(params)["next_cursor"]

    answer = world.get("/v1/gallery", [*params, ("cursor", cursor)], key=OTHER)

    assert_problem(answer, 400, "invalid-cursor")


@pytest.mark.parametrize(
    "params",
    [
        [("kind", "image")],
        [("provider", "hyper3d")],
        [("status", "ready")],
        [("q", "a")],
        [("created_after", "2020-01-01T00:00:00Z")],
        [("created_before", "2030-01-01T00:00:00Z")],
        [("hyper3d.type", "Featured")],
    ],
    ids=str,
)
def test_filters_may_not_change_on_the_way(
    world: World, cursor: str, params: Parameters
) -> None:
    filtered = world.page([("limit", "1"), *params])["next_cursor"]

    added = world.get("/v1/gallery", [*params, ("cursor", cursor)])
    removed = world.get("/v1/gallery", [("cursor", filtered)])

    assert_problem(added, 400, "invalid-cursor")
    assert_problem(removed, 400, "invalid-cursor")


def test_filters_may_come_in_another_order_and_case(world: World) -> None:
    params = [("kind", "image"), ("kind", "model"), ("q", "A  the")]
    cursor = world.page([("limit", "1"), *params])["next_cursor"]

    same = [("q", "THE a"), ("kind", "model"), ("kind", "image"), ("cursor", cursor)]

    world.page(same)


def test_a_cursor_sealed_by_a_forgotten_key_is_gone(world: World) -> None:
    sealer = CursorSealer([b"a-secret-that-was-rotated-out-long-ago"])
    forgotten = sealer.seal(Crawl(()), b"")

    answer = world.get("/v1/gallery", [("cursor", forgotten)])

    assert_problem(answer, 410, "expired-cursor")
