import subprocess
import sys
import time

from gateway.adapters.process.workers import Wakeups

BOUND_SECONDS = 20
SIGNALLED = """
import signal
from gateway.adapters.process.workers import Wakeups

wakeups = Wakeups()
signal.signal(signal.SIGALRM, lambda *_: wakeups.set())
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
for _ in range(1_500):
    wakeups.wait()
    wakeups.clear()
signal.setitimer(signal.ITIMER_REAL, 0)
"""


def test_a_signal_wakes_whatever_it_interrupts() -> None:
    command = [sys.executable, "-c", SIGNALLED]

    ended = subprocess.run(command, timeout=BOUND_SECONDS, check=False)  # noqa: S603

    assert ended.returncode == 0


def test_it_wakes_at_once_for_each_time_that_it_was_set() -> None:
    wakeups = Wakeups()
    begun = time.monotonic()

    for _ in range(3):
        wakeups.set()
    wakeups.clear()
    for _ in range(3):
        wakeups.wait()

    assert time.monotonic() - begun < 1
