"""References to the environment and to files."""

import string
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway.settings import names_any
from tests.settings.documents import PASSWORD, changed, faults_of, load_document

PATH = "tenants/1/name"
NAMES = st.text(string.ascii_letters + "_", min_size=1)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1)


def _name(folder: Path, text: str, environment: dict[str, str]) -> str:
    return load_document(folder, changed(PATH, text), environment).tenants[1].name


@pytest.mark.parametrize(
    ("text", "environment", "expected"),
    [
        ("${NAME}", {"NAME": "value"}, "value"),
        ("${NAME:-default}", {}, "default"),
        ("${NAME:-default}", {"NAME": ""}, "default"),
        ("${NAME:-default}", {"NAME": "value"}, "value"),
        ("a${NAME:-}b", {}, "ab"),
        ("${A}-${B}", {"A": "1", "B": "2"}, "1-2"),
        ("${A}", {"A": "${B}", "B": "2"}, "${B}"),
        ("$A $ {} $$", {}, "$A $ {} $$"),
        ("${A:-a:-b$}", {}, "a:-b$"),
    ],
)
def test_a_reference_gives_what_it_names(
    tmp_path: Path, text: str, environment: dict[str, str], expected: str
):
    assert _name(tmp_path, text, environment) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [("value", "value"), ("value\n", "value"), ("a\n\n", "a\n"), ("a\r\n", "a")],
)
def test_a_file_is_taken_without_its_last_newline(
    tmp_path: Path, content: str, expected: str
):
    path = tmp_path / "secret"
    path.write_text(content, newline="")

    assert _name(tmp_path, f"${{file:{path}}}", {}) == expected


def test_a_files_relative_path_starts_beside_the_configuration(tmp_path: Path):
    (tmp_path / "secret").write_text("value\n")

    assert _name(tmp_path, "${file:secret}", {}) == "value"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${MISSING}", "expected the environment variable MISSING to be set"),
        ("${BAD}", "expected UTF-8 text in the environment variable BAD"),
        ("${file:none}", "expected a readable file none"),
        ("${file:.}", "expected a readable file ."),
        ("${file:\0}", "expected a readable file"),
        ("${file:binary}", "expected UTF-8 text in the file binary"),
        ("${}", "expected ${NAME}, ${NAME:-default} or ${file:PATH}"),
        ("${a-b}", "expected ${NAME}, ${NAME:-default} or ${file:PATH}"),
        (f"${{{PASSWORD}", "expected ${NAME}, ${NAME:-default} or ${file:PATH}"),
    ],
)
def test_a_reference_that_leads_nowhere_names_its_place_and_target(
    tmp_path: Path, text: str, message: str
):
    (tmp_path / "binary").write_bytes(b"\xff")

    (fault,) = faults_of(tmp_path, changed(PATH, text), {"BAD": "\udcff"})

    assert fault.where == "gateway.toml: tenants[1].name"
    assert fault.message.startswith(message)
    assert PASSWORD not in fault.message


def test_two_references_that_lead_nowhere_are_both_told(tmp_path: Path):
    faults = faults_of(tmp_path, changed(PATH, "${ONE}${TWO}"))

    assert len(faults) == 2


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("server", "${MISSING}"),
        ("server/cors_origins", ["${MISSING}"]),
        ("providers", "${MISSING}"),
        ("providers/avatar", "${MISSING}"),
        ("providers/avatar/plugin", "${MISSING}"),
        ("tenants", "${MISSING}"),
        ("tenants/1", "${MISSING}"),
        ("tenants/0/credentials", "${MISSING}"),
        ("tenants/0/credentials/avatar", "${MISSING}"),
        ("tenants_dir", "${MISSING}"),
    ],
)
def test_a_failed_reference_is_told_wherever_it_stands(
    tmp_path: Path, path: str, value: object
):
    faults = faults_of(tmp_path, changed(path, value))

    assert "MISSING" in faults[0].message


def test_a_reference_may_stand_for_a_number(tmp_path: Path):
    settings = load_document(tmp_path, changed("server/port", "${P:-81}"))

    assert settings.server.port == 81


def test_a_credential_from_a_reference_can_be_written_down(tmp_path: Path):
    whole = changed("tenants/0/credentials/studio/password", "${P}")

    settings = load_document(tmp_path, whole, {"P": PASSWORD})

    credential = settings.tenants[0].credentials["studio"]
    assert PASSWORD.encode() in msgspec.msgpack.encode(credential)


def test_a_reference_to_many_workers_needs_redis_too(tmp_path: Path):
    whole = changed("server/workers", "${W:-3}")
    del whole["redis"]

    (fault,) = faults_of(tmp_path, whole)

    assert fault.where == "gateway.toml: server.workers"


def test_a_number_that_a_reference_gives_is_checked_and_not_shown(tmp_path: Path):
    (fault,) = faults_of(tmp_path, changed("server/port", "${P}"), {"P": PASSWORD})

    assert fault.message == "expected `int`, got `str`"


def test_a_wrong_value_from_a_reference_is_not_shown(tmp_path: Path):
    whole = changed("providers/avatar/base_url", "${BASE}")

    (fault,) = faults_of(tmp_path, whole, {"BASE": PASSWORD})

    assert fault.where == "gateway.toml: providers.avatar.base_url"
    assert PASSWORD not in fault.message


@given(name=NAMES, text=TEXTS)
def test_any_text_comes_through_the_environment_unchanged(name: str, text: str):
    with TemporaryDirectory() as folder:
        found = _name(Path(folder), f"${{{name}}}", {name: text})

    assert found == text


@given(text=TEXTS.filter(lambda text: text != "\r"))  # of which nothing is left
def test_any_text_comes_through_a_file_unchanged(text: str):
    with TemporaryDirectory() as folder:
        (Path(folder) / "secret").write_bytes(text.encode() + b"\n")
        found = _name(Path(folder), "${file:secret}", {})

    assert found == text.removesuffix("\r")


@given(text=TEXTS.filter(lambda text: "${" not in text))
def test_text_without_references_stays_as_it_is(text: str):
    with TemporaryDirectory() as folder:
        whole = changed("tenants/1/name", text.replace("\x7f", ""))
        whole["tenants"][1]["name"] += "."
        settings = load_document(Path(folder), whole)

    assert settings.tenants[1].name == text.replace("\x7f", "") + "."


def test_a_variable_that_is_empty_is_as_one_that_is_not_there() -> None:
    environment = {"EMPTY": "", "FULL": "x"}

    assert not names_any(("EMPTY", "MISSING"), environment)
    assert names_any(("EMPTY", "FULL"), environment)
