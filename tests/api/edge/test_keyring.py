"""Keys are looked up, however many there are."""

from gateway.accounts.credentials import Tenant
from gateway.api.caller import READ
from gateway.api.edge.auth import Keyring, KnownKey
from gateway.settings import hash_key
from tests.fakes import FakeClock

KEYS = 10_000


class Hash(str):
    """Counts what it is compared with."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        Hash.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_a_key_is_compared_with_no_other() -> None:
    tenant = Tenant(name="acme", accounts={})
    scopes = frozenset({READ})
    keys = [
        KnownKey(hash=Hash(hash_key(f"key {number}")[7:]), tenant=tenant, scopes=scopes)
        for number in range(KEYS)
    ]
    keyring = Keyring(keys, None, FakeClock())
    Hash.compared = 0

    known = keyring.find({"x-api-key": f"key {KEYS - 1}"})
    unknown = keyring.find({"x-api-key": "another"})

    assert known is not None
    assert known.key == keys[-1].hash
    assert unknown is None
    assert Hash.compared < KEYS / 100
