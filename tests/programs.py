"""Programs beside Python that tests need: where there is none, they are skipped."""

import os
import shutil

import pytest

ENVIRONMENT = dict(os.environ)
WANTS_ALL = bool(ENVIRONMENT.get("GATEWAY_TEST_ALL"))


def find_program(name: str) -> str:
    """Return a program's path, or skip the test; GATEWAY_TEST_ALL makes that a failure."""
    path = shutil.which(name, path=f"{ENVIRONMENT.get('PATH', '')}:/usr/sbin")
    if path is None:
        if WANTS_ALL:
            pytest.fail(f"GATEWAY_TEST_ALL is set and there is no {name} on PATH")
        pytest.skip(f"no {name} on PATH")
    return path


def is_asked_for(switch: str) -> bool:
    """Return whether what runs on demand is to run: by its switch, or by GATEWAY_TEST_ALL."""
    return WANTS_ALL or bool(ENVIRONMENT.get(switch))


def skip_unless_asked_for(switch: str) -> None:
    """Skip what runs on demand: with its own switch, or with GATEWAY_TEST_ALL."""
    if not is_asked_for(switch):
        pytest.skip(f"runs with {switch} or GATEWAY_TEST_ALL set")
