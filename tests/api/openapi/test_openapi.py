"""The OpenAPI document is valid, whole, and true to the routes."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import schemathesis
from litestar import Litestar

from gateway.bootstrap import build
from tests.api.world import World, to_settings

COMPONENTS = {
    "GalleryPage",
    "GalleryItem",
    "Asset",
    "SourceReport",
    "Provider",
    "Problem",
}
TRANSPORT = {
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "server",
    "transfer-encoding",
}
UNDECLARED = re.compile(r"/|/viewer/.*|/docs(/.*)?|/openapi\.json")
OPERATIONS = "/v1/providers/{name}/operations/{operation}"
Json = dict[str, Any]


@pytest.fixture(scope="session")
def document(world: World) -> Json:
    answer = world.get("/openapi.json", key=None)
    assert answer.headers["content-type"] == "application/json"
    found: Json = answer.json()
    return found


def _operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def _contents(document: Json) -> Iterator[tuple[str, Json]]:
    for path, operation in _operations(document):
        for status, response in operation["responses"].items():
            for media in response.get("content", {}).values():
                yield f"{path} {status}", media


def _to_examples(media: Json) -> list[Any]:
    single = [media["example"]] if "example" in media else []
    return single + [one["value"] for one in media.get("examples", {}).values()]


def _to_validator(document: Json, schema: Json) -> jsonschema_rs.Draft202012Validator:
    whole = {**schema, "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def test_the_document_is_valid_openapi(document: Json) -> None:
    assert document["openapi"].startswith("3.1.")

    schemathesis.openapi.from_dict(document).validate()


def test_the_components_have_their_promised_names(document: Json) -> None:
    assert set(document["components"]["schemas"]) >= COMPONENTS


def test_every_reference_leads_somewhere(document: Json) -> None:
    text = httpx.Response(200, json=document).text

    for reference in re.findall(r'"\$ref": ?"#/components/([^"]+)"', text):
        kind, _, name = reference.partition("/")
        assert name in document["components"][kind]


def test_every_route_is_declared_and_every_declared_path_exists(
    document: Json, sandboxes: Mapping[str, httpx.Client], tmp_path: Path
) -> None:
    built: Any = build(to_settings(sandboxes, tmp_path)).app
    while not isinstance(built, Litestar):
        built = built._app  # noqa: SLF001  # the layers around the framework's table

    routes = {
        (re.sub(r":\w+}", "}", route.path), method.lower())
        for route in built.routes
        for method in route.methods
        if method != "OPTIONS" and not UNDECLARED.fullmatch(route.path)
    }
    routes = {route for route in routes if route[0] != OPERATIONS}

    declared = {
        (path, method)
        for path, methods in document["paths"].items()
        for method in methods
        if "/operations/" not in path
    }
    heads = {(path, "get") for path, method in declared if method == "head"}
    assert heads <= routes, "HEAD is answered as GET"
    assert {one for one in declared if one[1] != "head"} == routes


def test_each_operation_has_a_path_of_its_own(document: Json) -> None:
    operations = {
        path.rpartition("/")[2]: (method, told["operationId"])
        for path, methods in document["paths"].items()
        if path.startswith("/v1/providers/avatar/operations/")
        for method, told in methods.items()
    }

    assert len(operations) == 12
    assert operations["generate"] == ("post", "avatar_generate")
    assert operations["get_avatar"] == ("get", "avatar_get_avatar")


def test_every_example_is_valid(document: Json) -> None:
    examples = [
        (where, media["schema"], example)
        for where, media in _contents(document)
        for example in _to_examples(media)
    ]

    assert len(examples) >= 10
    for where, schema, example in examples:
        validator = _to_validator(document, schema)
        assert not [error.message for error in validator.iter_errors(example)], where


def test_every_parameter_example_is_valid(document: Json) -> None:
    for where, operation in _operations(document):
        for parameter in operation["parameters"]:
            for example in parameter.get("examples", {}).values():
                schema = _to_validator(document, parameter["schema"])
                assert schema.is_valid(example["value"]), (where, parameter["name"])
            if "example" in parameter:
                schema = _to_validator(document, parameter["schema"])
                assert schema.is_valid(parameter["example"]), (where, parameter["name"])


def test_every_json_answer_has_an_example(document: Json) -> None:
    for where, media in _contents(document):
        if media["schema"].get("type") != "string":
            assert _to_examples(media), where


@pytest.mark.parametrize(
    ("path", "component"),
    [
        ("/v1/gallery?limit=100&include=native&assets_limit=200", "GalleryPage"),
        ("/v1/gallery?limit=0", "Problem"),
        ("/v1/providers", "ProviderList"),
        ("/v1/providers/avatar", "Provider"),
        ("/health/ready", "Readiness"),
        ("/nothing", "Problem"),
    ],
)
def test_answers_are_as_declared(
    world: World, document: Json, path: str, component: str
) -> None:
    schema = {"$ref": f"#/components/schemas/{component}"}

    answer = world.get(path).json()

    validator = _to_validator(document, schema)
    assert [error.message for error in validator.iter_errors(answer)] == []


def test_every_field_of_an_answer_is_required_and_nullable_where_it_may_be_null(
    document: Json,
) -> None:
    """Absent values are null, never missing keys: the document says so too."""
    for name in COMPONENTS:
        schema = document["components"]["schemas"][name]
        assert set(schema["required"]) == set(schema["properties"]), name


def test_operations_have_ids_and_words(document: Json) -> None:
    operations = [operation for _, operation in _operations(document)]

    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    assert all(operation["summary"] for operation in operations)
    assert all(operation["description"] for operation in operations)
    parameters = [p for operation in operations for p in operation["parameters"]]
    assert all(parameter["description"] for parameter in parameters)


def test_every_operation_stands_under_a_tag_with_words(document: Json) -> None:
    tags = [tag for _, one in _operations(document) for tag in one["tags"]]

    assert set(tags) == {tag["name"] for tag in document["tags"]}
    assert all(tag["description"] for tag in document["tags"])


def test_every_schema_and_every_field_has_words(document: Json) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"], name
        for field, told in schema.get("properties", {}).items():
            assert told["description"], (name, field)


def test_no_component_has_the_name_of_one_of_its_fields(document: Json) -> None:
    for name, schema in document["components"]["schemas"].items():
        fields = {field.replace("_", "") for field in schema.get("properties", {})}
        assert name.lower() not in fields


@pytest.mark.parametrize(
    ("name", "known"), [("Kind", "image"), ("Status", "ready"), ("Action", "delete")]
)
def test_an_enumeration_that_may_grow_is_open(
    document: Json, name: str, known: str
) -> None:
    schema = document["components"]["schemas"][name]

    validator = _to_validator(document, schema)
    assert known in schema["anyOf"][0]["enum"]
    assert validator.is_valid(known)
    assert validator.is_valid("paused")
    assert not validator.is_valid(None)


def test_no_field_of_an_answer_is_a_closed_enumeration(document: Json) -> None:
    schemas = document["components"]["schemas"]
    answers = schemas.keys() - {"TokenRequest"}  # which is sent
    fields = [(n, f) for n in answers for f in schemas[n].get("properties", {}).items()]

    closed = [(name, field) for name, (field, told) in fields if "enum" in str(told)]

    assert sorted(closed) == [("Liveness", "status"), ("Readiness", "status")]


def test_the_times_of_answers_are_told_as_such(document: Json) -> None:
    schemas = document["components"]["schemas"]
    fields = [f for one in schemas.values() for f in one.get("properties", {}).items()]
    times = [told for name, told in fields if re.search(r"_at$|^time$|_through$", name)]

    assert len(times) == 10
    for told in times:
        spelt = told.get("anyOf", [told])[0]
        assert (spelt["type"], spelt["format"]) == ("string", "date-time")


@pytest.mark.parametrize("name", ["Native", "FilterSchema"])
def test_an_object_of_the_upstreams_may_hold_anything(
    document: Json, name: str
) -> None:
    assert document["components"]["schemas"][name]["additionalProperties"] is True


def test_a_redirect_has_no_header_that_is_not_declared(
    world: World, document: Json
) -> None:
    path = "/v1/gallery/{item_id}/assets/{asset_id}"
    query = "/v1/gallery?provider=avatar&kind=image&limit=1"
    item = world.get(query).json()["items"][0]

    answer = world.get(path.format(item_id=item["id"], asset_id=item["cover"]["id"]))

    assert answer.status_code == 307
    assert "location" in answer.headers
    assert_declared(answer, document["paths"][path]["get"])


def test_what_needs_no_key_says_so(document: Json) -> None:
    for path, operation in _operations(document):
        if not path.startswith("/v1/"):
            assert operation["security"] == [] or {} in operation["security"], path


def test_every_header_has_words_and_a_valid_example(document: Json) -> None:
    for name, header in document["components"]["headers"].items():
        assert header["description"], name
        schema = _to_validator(document, header["schema"])
        assert schema.is_valid(header["example"]), name


@pytest.mark.parametrize(
    ("path", "declared"),
    [
        ("/v1/gallery?limit=2", "/v1/gallery"),
        ("/v1/gallery?limit=0", "/v1/gallery"),
        ("/v1/gallery?cursor=forged", "/v1/gallery"),
        ("/v1/gallery/avatar:none", "/v1/gallery/{item_id}"),
        ("/v1/providers", "/v1/providers"),
        ("/v1/providers/none", "/v1/providers/{name}"),
        ("/v1/media/forged/file.jpg", "/v1/media/{token}/{filename}"),
        ("/health/ready", "/health/ready"),
        ("/problems/internal", "/problems/{code}"),
    ],
)
def test_answers_have_no_header_that_is_not_declared(
    world: World, document: Json, path: str, declared: str
) -> None:
    answer = world.get(path)

    assert_declared(answer, document["paths"][declared]["get"])


@pytest.mark.parametrize("rendition", ["url", "thumbnail_url"])
def test_files_have_no_header_that_is_not_declared(
    world: World, document: Json, rendition: str
) -> None:
    operation = document["paths"]["/v1/media/{token}/{filename}"]["get"]
    query = "/v1/gallery?provider=avatar&kind=image&limit=1"
    link = world.get(query).json()["items"][0]["cover"][rendition]

    whole = world.get(link, key=None)
    part = world.get(link, key=None, headers={"Range": "bytes=0-9"})
    known = {"If-None-Match": whole.headers["etag"]}
    unchanged = world.get(link, key=None, headers=known)

    answers = [whole, part, unchanged]
    assert [answer.status_code for answer in answers] == [200, 206, 304]
    for answer in answers:
        assert_declared(answer, operation)


def assert_declared(answer: httpx.Response, operation: Json) -> None:
    headers = operation["responses"][str(answer.status_code)]["headers"]
    assert set(answer.headers) <= {name.lower() for name in headers} | TRANSPORT


def test_patterns_are_spelt_as_json_schema_has_them(document: Json) -> None:
    """In ECMA-262 there is no escape for the end of a text: generators refuse it."""
    text = httpx.Response(200, json=document).text

    patterns = re.findall(r'"pattern": ?"((?:[^"\\\\]|\\\\.)*)"', text)

    assert patterns
    assert not [one for one in patterns if r"\Z" in one or r"\A" in one]


def test_no_two_components_have_the_same_title(document: Json) -> None:
    """Generators call them by their titles."""
    schemas = document["components"]["schemas"].values()

    titles = [schema["title"] for schema in schemas if "title" in schema]

    assert len(titles) == len(set(titles))
