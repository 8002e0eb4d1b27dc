"""What an upstream's validators make of a file's tag, however they are spelt."""

from email.utils import format_datetime

import pytest
from hypothesis import example, given, strategies as st

from gateway.media.content.validators import Validators, is_same

DATE = "Wed, 21 Oct 2026 07:28:00 GMT"
_SPELT = st.one_of(
    st.none(), st.text(), st.datetimes().map(format_datetime), st.just(DATE)
)


@given(etag=st.none() | st.text(), modified=_SPELT, date=_SPELT)
@example(None, "Mon, 01 Jan 99999999999 00:00:00 GMT", DATE)
@example(None, "Mon, 01 Jan 2026 00:00:00 +99999999999999999", DATE)
def test_any_validators_make_a_tag_of_our_own(
    etag: str | None, modified: str | None, date: str | None
) -> None:
    validators = Validators(etag=etag, last_modified=modified, date=date)

    tag = validators.to_etag('"base"')

    assert tag.removeprefix("W/").startswith('"')
    assert tag.isascii()
    assert (tag == '"base"') == (not etag and not modified)


@pytest.mark.parametrize(
    ("modified", "is_strong"),
    [
        ("Wed, 21 Oct 2026 07:27:00 GMT", True),
        (DATE, False),
        ("Mon, 01 Jan 99999999999 00:00:00 GMT", False),
        ("nonsense", False),
    ],
)
def test_a_time_is_a_strong_validator_only_where_it_is_sure(
    modified: str, is_strong: object
) -> None:
    tag = Validators(last_modified=modified, date=DATE).to_etag('"base"')

    assert is_same(tag, tag) is is_strong
