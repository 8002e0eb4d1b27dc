"""Slots: who has which, where a command goes, which keys one command may name."""

from gateway.adapters.redis.slots import (
    SLOTS,
    SlotMap,
    by_slot,
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


def test_keys_are_parted_by_slot_in_their_order():
    keys = ["x:{one}:1", "y:{two}:1", "x:{one}:2"]

    assert by_slot(keys) == [["x:{one}:1", "x:{one}:2"], ["y:{two}:1"]]
    assert by_slot([]) == []


def test_a_key_is_spelt_for_each_master():
    slots = SlotMap(ANSWER, "asked")

    owners = [slots.owner(to_slot(key)) for key in slots.spell_for_each("gg:probe")]

    assert sorted(filter(None, owners)) == sorted(slots.masters)


def test_a_prefix_with_a_part_in_braces_lies_at_one_master():
    spelt = SlotMap(ANSWER, "asked").spell_for_each("{gg}:probe")

    assert len(spelt) == 1
