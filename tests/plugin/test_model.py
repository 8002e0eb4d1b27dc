import re

import pytest
from hypothesis import given, strategies as st

from gateway.plugin.model import to_item_id, to_native_id

ITEM_ID = re.compile(r"[a-z0-9_-]+:[A-Za-z0-9._~-]+")
providers = st.from_regex(r"[a-z0-9_-]{1,16}", fullmatch=True)
natives = st.text(alphabet=st.characters(exclude_categories=()), min_size=1)
spellings = st.text(alphabet="abAZ09._~-=:", max_size=12)


@given(providers, natives)
def test_any_native_id_makes_an_id_and_comes_back(provider: str, native: str) -> None:
    item_id = to_item_id(provider, native)

    assert ITEM_ID.fullmatch(item_id)
    assert to_native_id(item_id) == (provider, native)


@given(providers, spellings | st.from_regex(r"~[A-Za-z0-9_-]{1,12}", fullmatch=True))
def test_an_item_has_one_id(provider: str, spelling: str) -> None:
    item_id = f"{provider}:{spelling}"

    parted = to_native_id(item_id)

    assert parted is None or to_item_id(*parted) == item_id


@given(st.text())
def test_whatever_a_caller_sends_as_an_id_is_read_or_is_none(text: str) -> None:
    parted = to_native_id(text)

    assert parted is None or to_item_id(*parted) == text


@given(natives, natives)
def test_two_native_ids_never_share_an_id(one: str, other: str) -> None:
    is_same = to_item_id("a", one) == to_item_id("a", other)

    assert is_same is (one == other)


@pytest.mark.parametrize(
    ("native", "spelt"),
    [
        ("8f2b7c1e-5d0a", "8f2b7c1e-5d0a"),
        ("1736386913456-1.mp4", "1736386913456-1.mp4"),
        ("a~b", "a~b"),
        ("~a", "~fmE"),
        ("a/b", "~YS9i"),
        ("a:b", "~YTpi"),
        ("a\n", "~YQo"),
        ("é", "~w6k"),
    ],
)
def test_plain_ids_stay_and_others_are_base64url_behind_a_tilde(
    native: str, spelt: str
) -> None:
    assert to_item_id("p", native) == f"p:{spelt}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p",
        "p:",
        "p:~",
        "p:~YQ",  # "a" is spelt plainly
        "p:~YS9i=",
        "p:~YS9j=",
        "p:~w6l",  # bits left over
        "p:~_w",  # not UTF-8
        "p:~é",
        "p:a/b",
        "p:a%2Fb",
        "p:a\n",
    ],
)
def test_another_spelling_is_no_id(text: str) -> None:
    assert to_native_id(text) is None
