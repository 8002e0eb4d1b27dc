"""What avatar can do besides its gallery, through a gateway over its sandbox."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from providers.avatar.examples import IMAGE_TASK, VIDEO_TASK
from tests.api.world import NEWCOMER, OPERATOR, OTHER, READER, World, assert_problem

Change = Callable[[dict[str, Any]], object]


def picture(kind: str, mode: str = "RGB") -> bytes:
    content = BytesIO()
    Image.new(mode, (64, 96), "teal").save(content, kind)
    return content.getvalue()


def changed(change: Change, body: dict[str, Any] = IMAGE_TASK) -> dict[str, Any]:
    """Return a documented body, changed in one place."""
    copy: dict[str, Any] = httpx.Response(200, json=body).json()
    change(copy)
    return copy


def pointers(answer: httpx.Response) -> list[str]:
    problem = assert_problem(answer, 400, "invalid-parameter")
    return [error["pointer"] for error in problem["errors"]]


def calls(world: World, route: str) -> int:
    counted: int = world.ask("avatar")["calls"].get(route, 0)
    return counted


# the account


def test_who_the_account_is_of_is_told_without_the_address(world: World) -> None:
    answer = world.operate("get_user_info")

    assert answer.status_code == 200
    assert set(answer.json()) == {"full_name", "date_of_birth", "ethnicity", "gender"}
    assert answer.json()["full_name"] == "Demo Łucja Öztürk"
    assert answer.headers["cache-control"] == "private, no-cache"


def test_no_field_of_the_account_shows_an_address(own_world: World) -> None:
    told = {"full_name": "Ada <ada@example.com>", "ethnicity": "ask ada@example.com"}
    own_world.operate("update_user_info", told)

    answer = own_world.operate("get_user_info")

    assert answer.json()["full_name"] == "Ada <[e-mail]>"
    assert answer.json()["ethnicity"] == "ask [e-mail]"


def test_what_is_read_again_unchanged_is_a_304(world: World) -> None:
    etag = world.operate("get_user_details").headers["etag"]

    again = world.operate("get_user_details", headers={"If-None-Match": etag})

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("what", "patch"),
    [
        ("user_info", {"full_name": "Grace", "ethnicity": None}),
        ("user_details", {"skin_tone": 5}),
    ],
)
def test_only_the_named_fields_change(
    own_world: World, what: str, patch: dict[str, object]
) -> None:
    before = own_world.operate(f"get_{what}").json()

    answer = own_world.operate(f"update_{what}", patch)

    assert answer.status_code == 200, answer.text
    assert "successfully" in answer.json()["message"]
    assert own_world.operate(f"get_{what}").json() == before | patch


def test_two_changes_at_once_lose_neither(own_world: World) -> None:
    patches = [{"face_shape": "round"}, {"hair_style": "3"}, {"hair_color": "FF0000FF"}]

    with ThreadPoolExecutor(3) as pool:
        answers = list(
            pool.map(lambda one: own_world.operate("update_user_details", one), patches)
        )

    details = own_world.operate("get_user_details").json()
    assert [answer.status_code for answer in answers] == [200] * 3
    assert all(details.items() >= patch.items() for patch in patches)


def test_fields_of_a_wrong_type_are_all_told(world: World) -> None:
    sent = {"full_name": 7, "date_of_birth": "yesterday", "gender": "Female"}

    answer = world.operate("update_user_info", sent)

    assert pointers(answer) == ["/full_name", "/date_of_birth"]


def test_an_account_that_is_registered_is_good_at_once(own_world: World) -> None:
    before = own_world.get("/v1/gallery", key=NEWCOMER)
    assert_problem(before, 502, "upstream-unauthorized")
    assert_problem(
        own_world.operate("get_user_info", key=NEWCOMER), 502, "upstream-unauthorized"
    )

    answer = own_world.operate("register", {"full_name": "New"}, key=NEWCOMER)

    assert answer.status_code == 200, answer.text
    assert "@" not in answer.text
    assert own_world.page(key=NEWCOMER)["items"] == []
    info = own_world.operate("get_user_info", key=NEWCOMER).json()
    assert info["full_name"] == "New"


def test_nobody_else_can_be_registered(own_world: World) -> None:
    other = own_world.operate("register", {"email": "else@example.com"}, key=NEWCOMER)
    same = own_world.operate(
        "register", {"email": "Newcomer@Example.com "}, key=NEWCOMER
    )

    assert pointers(other) == ["/email"]
    assert same.status_code == 200


def test_a_refusal_tells_the_upstreams_words_without_addresses(world: World) -> None:
    answer = world.operate("register", {})

    problem = assert_problem(answer, 422, "upstream-refused")
    assert problem["upstream"]["status"] == 404
    assert "already created" in problem["upstream"]["detail"]
    assert "demo@example.com" not in answer.text


def test_no_refusal_opens_the_breaker(new_world: World) -> None:
    for _ in range(8):
        refused = new_world.operate("register", {})
        assert_problem(refused, 422, "upstream-refused")

    assert new_world.page([("provider", "avatar")])["sources"][0]["state"] == "fresh"
    health = new_world.get("/v1/providers/avatar").json()
    assert (health["health"], health["last_error"]) == ("ok", None)


# photos


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_what_was_uploaded_and_its_thumbnail_is_drawn(
    own_world: World, kind: str
) -> None:
    photo = picture(kind)

    sent = own_world.operate("upload_avatar", content=photo)

    assert sent.status_code == 200, sent.text
    found = own_world.operate("get_avatar")
    assert found.content == photo
    assert found.headers["content-type"] == f"image/{kind.lower()}"
    assert found.headers["cache-control"] == "private, no-cache"
    assert found.headers["x-content-type-options"] == "nosniff"
    thumbnail = own_world.operate("get_avatar_thumbnail")
    drawn = Image.open(BytesIO(thumbnail.content))
    assert (drawn.format, drawn.size) == ("WEBP", (64, 96))


def test_a_photo_may_come_in_a_form(own_world: World) -> None:
    photo = picture("JPEG")
    path = "/v1/providers/avatar/operations/upload_avatar"

    sent = own_world.gateway.post(
        path,
        files={"file": ("me.jpg", photo, "image/jpeg")},
        headers={"Authorization": f"Bearer {OPERATOR}"},
    )

    assert sent.status_code == 200, sent.text
    assert own_world.operate("get_avatar").content == photo


def test_a_form_without_a_file_is_told_where_it_belongs(world: World) -> None:
    path = "/v1/providers/avatar/operations/upload_avatar"

    sent = world.gateway.post(
        path,
        files={"picture": ("me.jpg", picture("JPEG"), "image/jpeg")},
        headers={"Authorization": f"Bearer {OPERATOR}"},
    )

    assert pointers(sent) == ["/file"]


def test_a_file_without_a_name_is_told_where_it_belongs(world: World) -> None:
    path = "/v1/providers/avatar/operations/upload_avatar"

    sent = world.gateway.post(
        path,
        files={"file": (None, picture("JPEG"), "image/jpeg")},
        headers={"Authorization": f"Bearer {OPERATOR}"},
    )

    assert pointers(sent) == ["/file"]


@pytest.mark.parametrize("mode", ["RGBA", "P", "LA"])
def test_what_is_transparent_is_flattened_for_the_upstream(
    own_world: World, mode: str
) -> None:
    sent = own_world.operate("upload_avatar", content=picture("PNG", mode))

    assert sent.status_code == 200, sent.text
    found = Image.open(BytesIO(own_world.operate("get_avatar").content))
    assert (found.format, found.mode, found.size) == ("JPEG", "RGB", (64, 96))


@pytest.mark.parametrize(
    "content",
    [b"text", b"<svg/>", picture("GIF"), b"\xff\xd8\xff", picture("JPEG")[:200]],
    ids=["text", "SVG", "GIF", "a JPEG's beginning", "a broken JPEG"],
)
def test_what_is_no_photo_is_sent_to_nobody(own_world: World, content: bytes) -> None:
    answer = own_world.operate("upload_avatar", content=content)

    assert_problem(answer, 415, "unsupported-media-type")
    assert calls(own_world, "POST /upload_avatar") == 0


def test_a_photo_takes_ranges_and_conditions(world: World) -> None:
    whole = world.operate("get_avatar")
    etag = whole.headers["etag"]

    part = world.operate("get_avatar", headers={"Range": "bytes=10-19"})
    same = world.operate("get_avatar", headers={"If-None-Match": etag})
    other = world.operate(
        "get_avatar", headers={"Range": "bytes=10-19", "If-Range": '"other"'}
    )
    beyond = world.operate("get_avatar", headers={"Range": "bytes=99999999-"})

    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
    assert (same.status_code, same.content) == (304, b"")
    assert (other.status_code, other.content) == (200, whole.content)
    assert_problem(beyond, 416, "range-not-satisfiable")


@pytest.mark.parametrize(
    ("asked", "status", "length"),
    [({}, 200, None), ({"Range": "bytes=0-99"}, 206, 100)],
)
def test_a_photo_is_sent_as_it_is_to_who_takes_gzip(
    world: World, asked: dict[str, str], status: int, length: int | None
) -> None:
    whole = world.operate("get_avatar", headers={"Accept-Encoding": "identity"})

    answer = world.operate("get_avatar", headers={"Accept-Encoding": "gzip", **asked})

    assert answer.status_code == status
    assert "content-encoding" not in answer.headers
    assert answer.content == whole.content[:length]
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["etag"] == whole.headers["etag"]


def test_there_is_no_photo_of_who_has_none(own_world: World) -> None:
    own_world.operate("register", {}, key=NEWCOMER)

    for operation in ("get_avatar", "get_avatar_thumbnail"):
        answer = own_world.operate(operation, key=NEWCOMER)
        assert_problem(answer, 404, "not-found")


# clothes


def test_a_garment_is_found_without_its_brand(world: World) -> None:
    answer = world.operate(
        "get_clothes", {"url": "https://example.com/1", "name": "cloth1"}
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["colors_hex"] == ["#FF0000", "#0000FF", "#008000"]


def test_a_garment_that_is_not_there_is_a_404(world: World) -> None:
    answer = world.operate(
        "get_clothes", {"url": "https://example.com/0", "name": "none"}
    )

    assert_problem(answer, 404, "not-found")


# bodies and callers


@pytest.mark.parametrize("operation", ["generate", "generate_video"])
def test_every_fault_of_a_task_has_its_pointer(world: World, operation: str) -> None:
    def spoil(body: dict[str, Any]) -> None:
        person = body["user_details"]
        person["skin_tone"] = "dark"
        person["body_dimensions"][3] = {"key": 1, "value": "much"}
        person["body_dimension_lengths"][0]["value"]["y"] = None
        body["apparel_details"] = []

    body = IMAGE_TASK if operation == "generate" else VIDEO_TASK

    answer = world.operate(operation, changed(spoil, body))

    assert pointers(answer) == [
        "/user_details/skin_tone",
        "/user_details/body_dimensions/3/key",
        "/user_details/body_dimensions/3/value",
        "/user_details/body_dimension_lengths/0/value/y",
        "/apparel_details",
    ]


@pytest.mark.parametrize("quality", [0, 101, -1, 2.5, "100", None])
def test_a_quality_out_of_range_is_a_fault(world: World, quality: object) -> None:
    def spoil(body: dict[str, Any]) -> None:
        body["image_options"]["quality"] = quality

    answer = world.operate("generate", changed(spoil))

    assert pointers(answer) == ["/image_options/quality"]


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b'"text"', b"\xff", b"[" * 100_000, b'{"a": NaN}', b"null"],
)
def test_a_body_that_is_no_object_is_told_so(world: World, content: bytes) -> None:
    answer = world.operate("generate", content=content)

    assert pointers(answer) == [""]


def test_a_json_body_of_megabytes_is_too_large(world: World) -> None:
    answer = world.operate("generate", content=b'{"a": "' + b"a" * 2**20 + b'"}')

    assert_problem(answer, 413, "too-large")


def test_unknown_fields_pass(own_world: World) -> None:
    def add(body: dict[str, Any]) -> None:
        body["image_options"]["sampler"] = {"steps": 20}

    answer = own_world.operate("generate", changed(add))

    assert answer.status_code == 202, answer.text


def test_what_is_wrong_upstream_is_refused_by_field(world: World) -> None:
    answer = world.operate("generate", {"user_details": {}})

    problem = assert_problem(answer, 422, "upstream-refused")
    assert problem["upstream"]["status"] == 422
    assert "user_details.pose: Field required" in problem["upstream"]["detail"]


def test_a_parameter_is_none_of_an_operation(world: World) -> None:
    answer = world.get(
        "/v1/providers/avatar/operations/get_user_info",
        [("full", "1")],
        key=OPERATOR,
    )

    problem = assert_problem(answer, 400, "invalid-parameter")
    assert problem["errors"][0]["parameter"] == "full"


@pytest.mark.parametrize(
    ("provider", "operation", "key"),
    [
        ("avatar", "fly", OPERATOR),
        ("hyper3d", "generate", OPERATOR),
        ("nobody", "generate", OPERATOR),
        ("avatar", "get_user_info", OTHER),  # has no account there
    ],
)
def test_an_unknown_operation_is_a_404(
    world: World, provider: str, operation: str, key: str
) -> None:
    path = f"/v1/providers/{provider}/operations/{operation}"

    assert_problem(world.get(path, key=key), 404, "not-found")


def test_a_wrong_method_names_the_right_one(world: World) -> None:
    reading = world.operate("get_user_info", {})
    changing = world.operate("generate")

    assert assert_problem(reading, 405, "method-not-allowed")
    assert reading.headers["allow"] == "GET, HEAD, OPTIONS"
    assert assert_problem(changing, 405, "method-not-allowed")
    assert changing.headers["allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_told_the_right_one(world: World, method: str) -> None:
    answer = world.gateway.request(
        method,
        "/v1/providers/avatar/operations/generate",
        headers={"Authorization": f"Bearer {OPERATOR}"},
    )

    assert answer.status_code == (204 if method == "OPTIONS" else 405)
    assert answer.headers["allow"] == "POST, OPTIONS"


def test_a_key_without_the_scope_may_not(world: World) -> None:
    reading = world.operate("get_user_info", key=READER)
    changing = world.operate("generate", IMAGE_TASK, key=READER)

    assert "account:read" in assert_problem(reading, 403, "forbidden")["detail"]
    assert "jobs:write" in assert_problem(changing, 403, "forbidden")["detail"]


def test_without_a_key_nobody_may(world: World) -> None:
    answer = world.get("/v1/providers/avatar/operations/get_user_info", key=None)

    assert_problem(answer, 401, "unauthorized")


def test_head_tells_of_a_file(world: World) -> None:
    path = "/v1/providers/avatar/operations/get_avatar"
    headers = {"Authorization": f"Bearer {OPERATOR}"}

    head = world.gateway.head(path, headers=headers)

    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 1_000


def test_a_provider_tells_what_it_can_do(world: World) -> None:
    provider = world.get("/v1/providers/avatar").json()

    operations = {one["name"]: one for one in provider["operations"]}
    assert list(operations) == [
        "register",
        "get_user_info",
        "update_user_info",
        "get_user_details",
        "update_user_details",
        "get_avatar",
        "get_avatar_thumbnail",
        "upload_avatar",
        "generate",
        "generate_video",
        "upload_clothes",
        "get_clothes",
    ]
    generate = operations["generate"]
    assert generate["href"] == "/v1/providers/avatar/operations/generate"
    assert (generate["makes"], generate["method"]) == ("job", "POST")
    assert generate["scope"] == "jobs:write"
    assert generate["input_media_types"] == ["application/json"]
    assert generate["input_schema"]["examples"] == [IMAGE_TASK]
    assert generate["output_schema"] is None
    assert operations["get_avatar"]["makes"] == "file"
    assert operations["get_clothes"]["output_schema"]["type"] == "object"


def test_the_token_is_renewed_unseen(new_world: World) -> None:
    new_world.operate("get_user_info").raise_for_status()
    new_world.tell("avatar", "void")

    answer = new_world.operate("update_user_details", {})

    assert answer.status_code == 200
    assert new_world.ask("avatar")["logins"] == 2
