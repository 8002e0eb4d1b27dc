"""Keys: what one command touches lies together in a cluster, all else is spread."""

import inspect

from redis.crc import key_slot

from gateway.coordination import keys

ACCOUNTS = [f"{number:032x}" for number in range(200)]
TOGETHER = {keys.address, keys.facts}
SPELLINGS = [
    spell
    for spell in vars(keys).values()
    if inspect.isfunction(spell) and spell is not keys.lease
]


def test_what_is_asked_for_or_put_together_lies_in_one_slot():
    for spell in TOGETHER:
        for account in ACCOUNTS:
            spelt = {f"gg:{spell(account, part)}" for part in ("one", "two", "three")}

            assert len({key_slot(key.encode()) for key in spelt}) == 1


def test_a_page_lies_with_its_leases_and_an_accounts_pages_are_spread():
    pages = [keys.page(ACCOUNTS[0], "1", f"{number:x}") for number in range(200)]
    for page in pages:
        leases = {keys.lease(name) for name in (page, f"{page}:{{odd}} last id")}

        assert len({key_slot(key.encode()) for key in leases | {page}}) == 1
    assert len({key_slot(page.encode()) for page in pages}) > len(pages) * 0.9


def test_accounts_are_spread_over_slots():
    slots = {key_slot(keys.facts(account, "file").encode()) for account in ACCOUNTS}

    assert len(slots) > len(ACCOUNTS) * 0.9


def test_whatever_is_used_alone_has_no_part_that_decides_where_it_lies():
    for spell in SPELLINGS:
        spelt = spell(*["part"] * len(inspect.signature(spell).parameters))

        assert ("{" in spelt) == (spell in TOGETHER or spell is keys.page)


def test_no_two_kinds_are_spelt_alike():
    spelt = {
        spell(*["part"] * len(inspect.signature(spell).parameters)).partition(":")[0]
        for spell in SPELLINGS
    }

    assert len(spelt | {keys.CHECK, keys.NEWS, keys.PROBE}) == len(SPELLINGS) + 2
