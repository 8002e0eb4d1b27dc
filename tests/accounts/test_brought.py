import pytest

from gateway.accounts.brought import AccountKinds, BroughtAccounts
from gateway.accounts.credentials import Account, Tenant, to_account
from gateway.adapters.memory import LocalNews, MemoryStore
from gateway.ports.caches import Caches
from gateway.ports.stores import Store, Stores
from tests.fakes import FakeClock
from tests.gallery.fakes import BrokenStore, TokenCredential

OLD, NEW = b"o" * 32, b"n" * 32
KEEP_SECONDS = 1_000.0


class Town:
    """Replicas that share a store and a clock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.shared: Store = MemoryStore(limit_bytes=100_000, clock=self.clock)
        self.news = LocalNews()

    def replica(self, *keys: bytes, shared: Store | None = None) -> BroughtAccounts:
        own = MemoryStore(limit_bytes=0, clock=self.clock)
        caches = Caches(10_000_000)
        stores = Stores(
            own=own, shared=shared or self.shared, news=self.news, caches=caches
        )
        signing_keys = keys or (OLD,)
        return BroughtAccounts(
            AccountKinds(
                credentials={"studio": TokenCredential},
                to_account=lambda name, one: to_account(name, one, signing_keys),
            ),
            signing_keys,
            stores,
            self.clock,
            keep_seconds=KEEP_SECONDS,
        )


def account_of(token: str, *keys: bytes) -> Account:
    return to_account("studio", TokenCredential(token=token), keys or (OLD,))


def tenant_of(*accounts: Account, is_brought: bool = True) -> Tenant:
    named = {one.provider: one for one in accounts}
    return Tenant(name="acme", accounts=named, is_brought=is_brought)


async def test_every_replica_knows_an_account_for_as_long_as_it_is_kept() -> None:
    town, account = Town(), account_of("s3cret")
    one, other = town.replica(), town.replica()

    await one.keep(tenant_of(account))

    assert await one.find(account.ids[0]) is account
    assert await other.find(account.ids[0]) == account
    town.clock.turn(KEEP_SECONDS + 1)
    assert await one.find(account.ids[0]) is None
    assert await town.replica().find(account.ids[0]) is None


async def test_accounts_of_a_configuration_are_not_kept() -> None:
    town, account = Town(), account_of("s3cret")

    await town.replica().keep(tenant_of(account, is_brought=False))

    assert await town.replica().find(account.ids[0]) is None


async def test_what_is_kept_shows_no_credential() -> None:
    town, account = Town(), account_of("s3cret")

    await town.replica().keep(tenant_of(account))

    kept = await town.shared.get(f"account:{account.ids[0].hex()}")
    assert kept is not None
    assert b"s3cret" not in kept


@pytest.mark.parametrize("is_told", [False, True])
async def test_a_store_that_lost_an_account_is_told_again(*, is_told: bool) -> None:
    town, account = Town(), account_of("s3cret")
    one = town.replica()
    await one.keep(tenant_of(account))
    await town.shared.delete(f"account:{account.ids[0].hex()}")

    await one.keep(tenant_of(account))
    meanwhile = await town.replica().find(account.ids[0])
    if is_told:
        await town.news.publish("accounts", "")
    else:
        town.clock.turn(61)
    await one.keep(tenant_of(account))

    assert meanwhile is None
    assert await town.replica().find(account.ids[0]) == account


async def test_a_rotation_of_signing_keys_changes_nothing() -> None:
    town, old = Town(), account_of("s3cret")
    await town.replica(OLD).keep(tenant_of(old))

    found = await town.replica(NEW, OLD).find(old.ids[0])

    assert found is not None
    assert found.credential == old.credential
    assert old.ids[0] in found.ids
    assert await town.replica(NEW).find(old.ids[0]) is None


async def test_while_the_store_is_away_the_process_knows_what_it_made_links_of() -> (
    None
):
    town, account = Town(), account_of("s3cret")
    alone = town.replica(shared=BrokenStore())

    await alone.keep(tenant_of(account))

    assert await alone.find(account.ids[0]) is account
    assert await alone.find(account_of("another").ids[0]) is None


@pytest.mark.parametrize("kept", [b"", b"garbage", b"\xff\xfe", b"A" * 100])
async def test_garbage_under_an_accounts_key_counts_as_nothing(kept: bytes) -> None:
    town, account = Town(), account_of("s3cret")
    await town.shared.put(f"account:{account.ids[0].hex()}", kept, keep_seconds=60)

    assert await town.replica().find(account.ids[0]) is None


async def test_an_account_under_anothers_key_counts_as_nothing() -> None:
    town, one, other = Town(), account_of("one"), account_of("other")
    await town.replica().keep(tenant_of(one))
    kept = await town.shared.get(f"account:{one.ids[0].hex()}")
    assert kept is not None

    await town.shared.put(f"account:{other.ids[0].hex()}", kept, keep_seconds=60)

    assert await town.replica().find(other.ids[0]) is None
