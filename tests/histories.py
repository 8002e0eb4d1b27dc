"""How many histories of a moving list a property tries.

A few by hand, where one waits for the answer; more where files run side by side, as in
the README's command; many in `.ci/run`; and as many as `GATEWAY_HISTORIES` says.
"""

import os


def _usual() -> int:
    if os.environ.get("GATEWAY_TEST_ALL"):
        return 2_000
    return 500 if os.environ.get("PYTEST_XDIST_WORKER") else 100


IS_ASKED_FOR = "GATEWAY_HISTORIES" in os.environ
HISTORIES = int(os.environ.get("GATEWAY_HISTORIES", _usual()))
