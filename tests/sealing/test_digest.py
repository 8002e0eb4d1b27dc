from hypothesis import given, strategies as st

from gateway.sealing.digest import ANCHOR_BYTES, to_anchor, to_binding, to_key

parts = st.lists(st.binary(max_size=20), max_size=4)
any_text = st.text(alphabet=st.characters(exclude_categories=()))


@given(any_text)
def test_an_anchor_of_any_id_has_six_bytes_and_is_always_the_same(text: str) -> None:
    anchor = to_anchor(text)

    assert len(anchor) == ANCHOR_BYTES == 6
    assert to_anchor(text) == anchor


def test_anchors_are_the_same_in_every_process_and_version() -> None:
    assert to_anchor("hyper3d:1").hex() == "68be34634fc3"


def test_ten_thousand_ids_have_ten_thousand_anchors() -> None:
    anchors = {to_anchor(f"hyper3d:{number}") for number in range(10_000)}

    assert len(anchors) == 10_000


@given(parts, parts)
def test_parts_are_kept_apart(these: list[bytes], those: list[bytes]) -> None:
    is_same = to_binding(*these) == to_binding(*those)

    assert is_same is (these == those)


@given(parts)
def test_a_key_is_the_binding_in_32_hexadecimal_digits(some: list[bytes]) -> None:
    key = to_key(*some)

    assert len(key) == 32
    assert bytes.fromhex(key) == to_binding(*some)
