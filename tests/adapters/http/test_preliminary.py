"""Answers ahead of the answer: none is needed, and a flood of them ends the call."""

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from gateway.adapters.http.preliminary import MOST, FloodError, Sieve

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nHTTP/1.1 103 no\r\n\r\n"
PRELIMINARY = st.sampled_from(
    [
        b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.0 102 P\n\n",
    ]
)


def sift(sieve: Sieve, stream: bytes, cuts: list[int]) -> bytes:
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    parts = [stream[a:b] for a, b in pairwise(places)]
    return b"".join(sieve.pass_on(part) or b"" for part in parts if part)


@given(
    st.lists(PRELIMINARY, max_size=MOST),
    st.sampled_from([ANSWER, b"HTTP/1.1 101 Switching\r\n\r\n", b"nonsense", b"H"]),
    st.lists(st.integers(0, 2_000)),
)
def test_only_the_answer_is_passed_on_however_it_arrives(
    before: list[bytes], answer: bytes, cuts: list[int]
) -> None:
    sieve = Sieve()
    sieve.begin()

    passed = sift(sieve, b"".join(before) + answer, cuts)

    assert passed == (b"" if answer == b"H" else answer)


def test_each_call_may_have_some() -> None:
    sieve = Sieve()
    for _ in range(3):
        sieve.begin()
        assert sift(sieve, b"HTTP/1.1 103 E\r\n\r\n" * MOST + ANSWER, []) == ANSWER


@pytest.mark.parametrize(
    "flood", [b"HTTP/1.1 103 E\r\n\r\n" * (MOST + 1), b"HTTP/1.1 103 " + b"x" * 70_000]
)
def test_a_flood_ends_the_call(flood: bytes) -> None:
    sieve = Sieve()
    sieve.begin()

    with pytest.raises(FloodError):
        sift(sieve, flood, list(range(0, len(flood), 1_000)))
