import itertools

from gateway.accounts.credentials import Account, to_account
from gateway.adapters.plugins import find_plugins
from tests.gallery.fakes import account_of


def test_an_accounts_name_changes_once_while_one_key_takes_over_from_another() -> None:
    def to_names(*keys: bytes) -> Account:
        return to_account("studio", account_of("studio").credential, keys)

    old, new = b"o" * 32, b"n" * 32
    steps = [to_names(old), to_names(old, new), to_names(new, old), to_names(new)]

    changes = sum(a.key != b.key for a, b in itertools.pairwise(steps))
    assert changes == 1
    assert [account.ids[0] for account in steps] == [
        *(steps[0].ids[0], steps[0].ids[0]),
        *(steps[3].ids[0], steps[3].ids[0]),
    ]
    assert set(steps[1].ids) == set(steps[2].ids) == {steps[0].ids[0], steps[3].ids[0]}


def test_two_spellings_of_one_user_are_one_account() -> None:
    plugin = find_plugins()["avatar"]
    spelt = [
        plugin.credential(email=email)
        for email in ("Alice@Example.com ", "alice@example.com", "bob@example.com")
    ]

    one, same, other = [to_account("avatar", each, [b"k" * 32]) for each in spelt]

    assert one.key == same.key != other.key
    assert one.credential is spelt[0]
