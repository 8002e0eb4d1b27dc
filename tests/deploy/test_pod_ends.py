"""A pod's end, with the manifests' own timings: nobody who calls it meanwhile fails."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from tests.deploy.kubernetes import container, pod
from tests.stack.gateways import Gateway, document, serve, tell, traffic, write
from tests.stack.processes import starting_commands, wait_until

ENDPOINTS_SECONDS = 4.0
"""How long after a pod's end has begun others may still be told to send there."""
SLOW_SECONDS = 7.0
"""What a request takes that began as the signal came: less than the ten that it has."""
GALLERY = {"deadline_seconds": 9.0, "patience_seconds": 9.0}


def test_what_is_sent_there_while_a_pod_ends_is_answered(
    sandboxes: dict[str, str], tmp_path: Path
) -> None:
    pause_seconds = container()["lifecycle"]["preStop"]["sleep"]["seconds"]
    grace_seconds = pod()["terminationGracePeriodSeconds"]
    whole = document(sandboxes, gallery=GALLERY)
    with starting_commands(tmp_path) as commands:
        gateway = serve(commands, write(tmp_path, whole))
        gateway.page(limit=1)
        tell(sandboxes["piktid"], "delay", seconds=SLOW_SECONDS)
        calls = traffic(sandboxes["piktid"])["list_calls"]
        with ThreadPoolExecutor(3) as pool:
            begun, ended = time.monotonic(), Event()
            callers = [pool.submit(_call, gateway, ended) for _ in range(2)]
            ended.wait(ENDPOINTS_SECONDS)
            ended.set()
            slow = pool.submit(
                gateway.get,
                "/v1/gallery",
                provider="piktid",
                **{"piktid.project_id": 1},
            )
            wait_until(
                lambda: traffic(sandboxes["piktid"])["list_calls"] > calls, "the call"
            )
            time.sleep(max(0.0, begun + pause_seconds - time.monotonic()))
            gateway.command.signal(signal.SIGTERM)
            answer = slow.result()
            code = gateway.command.wait(grace_seconds).code
            taken_seconds = time.monotonic() - begun
            counts = [caller.result() for caller in callers]

    assert pause_seconds > ENDPOINTS_SECONDS
    assert answer.status_code == 200, answer.text
    assert code == 0
    assert taken_seconds < grace_seconds
    assert min(counts) > 5


def _call(gateway: Gateway, ended: Event) -> int:
    """Ask over a new connection each time; count the answers, all of which are good."""
    count = 0
    while not ended.wait(0.05):
        answer = gateway.get("/v1/gallery", provider="avatar")
        assert answer.status_code == 200, answer.text
        count += 1
    return count
