"""Slots: who has which, where a command goes, which keys one command may name."""

from hypothesis import given, strategies as st

from gateway.adapters.redis.servers.slots import (
    SLOTS,
    SlotMap,
    by_tag,
    to_command_slot,
    to_slot,
)

ANSWER = [
    [0, 8_191, [b"10.0.0.1", 7000, b"id-1"], [b"10.0.0.3", 7002, b"id-3"]],
    [8_192, SLOTS - 1, [b"", 7001, b"id-2"], [None, 7003, b"id-4", [b"x", b"y"]]],
]


def test_each_slot_has_the_owner_that_was_told():
    slots = SlotMap(ANSWER, "asked")

    assert slots.owner(0) == slots.owner(8_191) == "10.0.0.1:7000"
    assert list(slots.masters) == ["10.0.0.1:7000", "asked:7001"]
    assert slots.replicas == {"10.0.0.3:7002", "asked:7003"}
    assert len(slots.nodes) == 4


def test_a_slot_that_moved_has_another_owner_and_no_other_slot_has():
    slots = SlotMap(ANSWER, "asked")

    slots.move(5, "10.0.0.9:1")

    assert slots.owner(5) == "10.0.0.9:1"
    assert slots.owner(4) == slots.owner(6) == "10.0.0.1:7000"
    assert "10.0.0.9:1" in slots.masters


def test_a_slot_of_nobody_has_no_owner():
    assert SlotMap(ANSWER[:1], "asked").owner(SLOTS - 1) is None


def test_a_command_goes_by_its_first_key_and_a_script_by_the_key_it_names():
    assert to_command_slot(("GET", "key")) == to_slot("key")
    assert to_command_slot(("EVAL", "return 1", 1, "key", "x")) == to_slot(b"key")
    assert to_command_slot(("PUBLISH", "channel", "text")) is None


def test_keys_are_parted_so_that_each_part_lies_in_one_slot():
    keys = ["x:{one}:1", "y:{two}:1", "x:{one}:2", "none", "{}", "{", "}{one}"]
    keys += ["{{", "{{}"]  # no tag, and the tag of one brace

    parts = by_tag(keys)

    assert parts == [[0, 2, 6], [1], [3], [4], [5], [7], [8]]
    assert by_tag([]) == []


@given(st.lists(st.text(alphabet="{}ab", max_size=6), max_size=20))
def test_whatever_keys_look_like_no_part_lies_in_two_slots(keys: list[str]):
    parts = by_tag(keys)

    assert sorted(number for part in parts for number in part) == [*range(len(keys))]
    for part in parts:
        assert len({to_slot(keys[number]) for number in part}) == 1


def test_a_key_is_spelt_for_each_master():
    slots = SlotMap(ANSWER, "asked")

    owners = [slots.owner(to_slot(key)) for key in slots.spell_for_each("gg:probe")]

    assert sorted(filter(None, owners)) == sorted(slots.masters)


def test_a_prefix_with_a_part_in_braces_lies_at_one_master():
    spelt = SlotMap(ANSWER, "asked").spell_for_each("{gg}:probe")

    assert len(spelt) == 1
