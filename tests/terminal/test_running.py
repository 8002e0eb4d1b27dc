"""What `run` sends: JSON as such, and any other bytes as the file that they are."""

import pytest
from hypothesis import example, given, strategies as st

from gateway.terminal.running import to_body


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (None, None),
        (b'{"full_name": "Jos\xc3\xa9"}', {"full_name": "Jos\xe9"}),
        (b'{"full_name": "Jos\xe9"}', b'{"full_name": "Jos\xe9"}'),
        (b"\xff\xd8\xff", b"\xff\xd8\xff"),
    ],
)
def test_what_is_no_json_is_a_file(content: bytes | None, body: object) -> None:
    assert to_body(content) == body


@given(content=st.binary())
@example(b'"\xff"')
@example(b"[" * 10_000)
def test_any_bytes_are_taken(content: bytes) -> None:
    to_body(content)
