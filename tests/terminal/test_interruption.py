"""Interruptions: at once, or when what must be whole is whole."""

import os
import signal

import pytest

from gateway.terminal.interruption import Interrupted, Interruptions


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_a_signal_is_heard_at_once(number: signal.Signals, code: int) -> None:
    with pytest.raises(Interrupted) as caught, Interruptions():
        os.kill(os.getpid(), number)

    assert caught.value.exit_code == code


def test_what_is_held_off_is_heard_afterwards() -> None:
    done = []

    def work(interruptions: Interruptions) -> None:
        with interruptions.held_off():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("whole")
        done.append("more")

    with pytest.raises(Interrupted), Interruptions() as interruptions:
        work(interruptions)

    assert done == ["whole"]


def test_what_was_there_before_is_there_again() -> None:
    before = signal.getsignal(signal.SIGINT)

    with Interruptions():
        assert signal.getsignal(signal.SIGINT) is not before

    assert signal.getsignal(signal.SIGINT) is before
