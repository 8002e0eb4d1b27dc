"""Clients that three generators make of the OpenAPI document, against the demo.

On demand: set GATEWAY_TEST_CLIENTS or GATEWAY_TEST_ALL. Needs node and npm, and what
npm and pip fetch; whatever is made lies in folders of the test's own. The packages
are pinned to what runs on the node 18 that Debian 12 has.
"""

import re
import shutil
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import plain
from tests.npm import INSTALL, run
from tests.programs import find_program, skip_unless_asked_for
from tests.stack.gateways import start_demo, to_address
from tests.stack.processes import starting_commands

HERE = Path(__file__).parent
LOOSE = re.compile(r"\b(?:any|unknown)\b|Record<string, never>")
NO_TYPES = re.compile(r"/\*.*?\*/|//[^\n]*|'[^'\n]*'|\"[^\"\n]*\"", re.DOTALL)
ANYTHING = "[key: string]: unknown;"
"""What an object holds that may hold anything, by the contract."""
OBJECTS = 4
"""`Native`, and the schemas of filters, inputs and outputs."""


@pytest.fixture(scope="module")
def tools() -> None:
    skip_unless_asked_for("GATEWAY_TEST_CLIENTS")
    for name in ("node", "npm"):
        find_program(name)


@pytest.fixture(scope="module")
def address(tools: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running demo's."""
    with starting_commands(tmp_path_factory.mktemp("demo")) as commands:
        yield to_address(start_demo(commands, tmp_path_factory.mktemp("anywhere")))


@pytest.fixture(scope="module")
def folder(address: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything here beside the demo's document, and both clients in TypeScript."""
    folder = tmp_path_factory.mktemp("clients") / "all"
    shutil.copytree(HERE, folder)
    document = plain.get(f"{address}/openapi.json").text
    (folder / "openapi.json").write_text(document, encoding="utf-8")
    run(folder, INSTALL)
    run(folder, "openapi-typescript openapi.json -o generated/schema.d.ts")
    run(folder, "openapi-ts -i openapi.json -o generated/hey -c @hey-api/client-fetch")
    run(folder, "tsc")
    return folder


@pytest.fixture(scope="module")
def python(address: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A client in Python, in a folder with an environment of its own."""
    folder = tmp_path_factory.mktemp("python") / "all"
    shutil.copytree(HERE, folder)
    venv.create(folder / "venv", with_pip=True)
    run(folder, "pip install -q -r requirements.txt")
    run(
        folder,
        f"openapi-python-client generate --url {address}/openapi.json"
        " --meta none --output-path generated --fail-on-warning",
    )
    return folder


@pytest.mark.parametrize(
    "check",
    [
        "spectral lint openapi.json --ruleset spectral.yaml --fail-severity hint",
        "redocly lint openapi.json --config redocly.yaml",
    ],
)
def test_a_linter_has_nothing_to_say_of_the_document(folder: Path, check: str) -> None:
    run(folder, check)


@pytest.mark.parametrize("program", ["fetch", "hey"])
def test_a_client_in_typescript_reads_the_gallery(
    folder: Path, address: str, program: str
) -> None:
    run(folder, f"node built/{program}.js {address}")


def test_a_client_in_python_reads_the_gallery_and_survives_its_growth(
    python: Path, address: str
) -> None:
    run(python, f"python reader.py {address}")


def test_a_client_in_python_has_its_types(python: Path) -> None:
    # Silent of the generator's own client.py, which mypy finds fault with.
    checked = "reader.py generated/models generated/api"
    mypy = f"{sys.executable} -m mypy --strict --follow-imports=silent --config-file="

    run(python, f"{mypy} --python-executable venv/bin/python {checked}")


def test_types_say_what_the_contract_says(folder: Path, python: Path) -> None:
    schema = (folder / "generated" / "schema.d.ts").read_text("utf-8")
    types = (folder / "generated" / "hey" / "types.gen.ts").read_text("utf-8")
    models = [path.read_text("utf-8") for path in python.glob("generated/models/*.py")]

    # Any answer may have more headers, and there are neither webhooks nor $defs.
    own = re.sub(
        r"\[name: string\]: unknown;|export type (webhooks|\$defs).*", "", schema
    )
    assert to_loose(own) == [ANYTHING] * OBJECTS
    # HEAD has no body.
    assert to_loose(types) == [ANYTHING] * OBJECTS + ["200: unknown;", "206: unknown;"]
    assert len(models) > 20
    for model in models:
        assert re.findall(r"^    (\w+): .*\bAny\b", model, re.MULTILINE) in (
            [],
            ["additional_properties"],
        )


def to_loose(text: str) -> list[str]:
    """Return the lines whose types say little, remarks and words left out."""
    lines = NO_TYPES.sub("", text).splitlines()
    return [line.strip() for line in lines if LOOSE.search(line)]
