"""The viewer's modules hold to types that are made of the gateway's own OpenAPI document.

openapi-typescript and tsc are fetched from npm: with GATEWAY_TEST_VIEWER or
GATEWAY_TEST_ALL set.
"""

import shutil
from pathlib import Path

import pytest

from tests import plain
from tests.npm import INSTALL, run
from tests.programs import find_program, skip_unless_asked_for
from tests.web.viewing import Demo

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "gateway" / "web"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    skip_unless_asked_for("GATEWAY_TEST_VIEWER")
    for name in ("node", "npm"):
        find_program(name)
    folder = tmp_path_factory.mktemp("types")
    for name in ("package.json", "tsconfig.json"):
        shutil.copy(HERE / name, folder)
    shutil.copytree(WEB, folder / "web")
    run(folder, INSTALL)
    return folder


def test_tsc_has_nothing_to_say(folder: Path, demo: Demo) -> None:
    document = plain.get(f"{demo.gateway.address}/openapi.json").text
    (folder / "openapi.json").write_text(document, encoding="utf-8")
    run(folder, "openapi-typescript openapi.json -o web/schema.d.ts")

    run(folder, "tsc -p .")
