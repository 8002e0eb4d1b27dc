"""Fresh, stale, gone; one flight for all who want the same; and what a purge leaves."""

import asyncio

import pytest

from gateway.accounts.credentials import Account
from gateway.adapters.memory import MemoryStore
from gateway.crawl.search import Read
from gateway.pages.requests import ListRequest, PageResult
from gateway.plugin.errors import UnauthorizedError, UnavailableError
from gateway.ports.stores import Claim
from tests.fakes import FakeClock
from tests.gallery.fakes import (
    BrokenStore,
    FakeProvider,
    GarblingStore,
    NoFilters,
    Query,
    Stand,
    account_of,
    to_item,
)

ACCOUNT = account_of("studio")
DOWN = UnavailableError("it answered 503")


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider("studio", range(12, 0, -1))


def to_asked(
    stand: Stand,
    provider: FakeProvider,
    account: Account = ACCOUNT,
    most_seconds: float | None = None,
) -> ListRequest:
    return ListRequest(
        account=account,
        listing=provider.listing(Query(), NoFilters()),
        since=stand.pages.tick(),
        most_seconds=most_seconds,
    )


async def read(
    stand: Stand, provider: FakeProvider, number: int = 0, **asked: object
) -> PageResult:
    return await stand.pages.read(to_asked(stand, provider, **asked), Read(number))


async def until(condition) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(0.001)


async def test_a_page_is_asked_for_once_while_it_is_fresh(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    first = await read(stand, provider)
    stand.clock.turn(29.0)

    second = await read(stand, provider)

    assert (first.is_new, second.is_new) == (True, False)
    assert second.page == first.page
    assert provider.reads == [0]


async def test_pages_and_accounts_are_kept_apart(provider: FakeProvider) -> None:
    stand = Stand(provider)

    await read(stand, provider)
    await read(stand, provider, 1)
    await read(stand, provider, account=account_of("studio", "theirs"))

    assert provider.reads == [0, 1, 0]


async def test_a_stale_page_is_given_at_once_and_read_anew_behind(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    old = await read(stand, provider)
    stand.clock.turn(31.0)
    provider.items.insert(0, to_item("studio", 13))
    provider.gate = asyncio.Event()

    stale = [await read(stand, provider) for _ in range(3)]
    provider.gate.set()
    await until(lambda: len(provider.reads) == 2)
    await asyncio.sleep(0.01)
    fresh = await read(stand, provider)

    assert [got.page for got in stale] == [old.page] * 3
    assert fresh.page is not None
    assert fresh.page.entries[0].id == "studio:13"
    assert provider.reads == [0, 0]


async def test_a_page_past_its_stale_time_is_asked_for_first(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    await read(stand, provider)
    stand.clock.turn(90.0)
    provider.items.insert(0, to_item("studio", 13))

    got = await read(stand, provider)

    assert got.page is not None
    assert got.page.entries[0].id == "studio:13"


async def test_a_failing_upstream_leaves_what_is_kept_with_the_failure(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    old = await read(stand, provider)
    stand.clock.turn(3629.0)
    provider.failure = DOWN

    got = await read(stand, provider)

    assert got.page == old.page
    assert got.failure is not None
    assert got.failure.error is DOWN


async def test_what_is_too_old_even_for_bad_days_is_not_given(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    await read(stand, provider)
    stand.clock.turn(3630.0)
    provider.failure = DOWN

    got = await read(stand, provider)

    assert got.page is None
    assert got.failure is not None


async def test_a_refused_credential_gets_nothing_that_is_kept(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    await read(stand, provider)
    stand.clock.turn(100.0)
    provider.failure = UnauthorizedError("the credential is refused (401)")

    got = await read(stand, provider)

    assert got.page is None


async def test_a_failure_is_remembered_for_a_moment(provider: FakeProvider) -> None:
    stand = Stand(provider)
    provider.failure = DOWN

    await read(stand, provider)
    await read(stand, provider)
    within = len(provider.reads)
    stand.clock.turn(1.1)
    await read(stand, provider)

    assert (within, len(provider.reads)) == (1, 2)


async def test_a_time_that_the_upstream_names_is_kept_for_the_account(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    provider.failure = UnavailableError(
        "it answered 429", retry_after_seconds=20, status=429
    )
    first = await read(stand, provider)
    provider.failure = None
    stand.clock.turn(19.0)

    waiting = await read(stand, provider, 1)
    other = await read(stand, provider, 1, account=account_of("studio", "theirs"))
    stand.clock.turn(1.1)
    after = await read(stand, provider, 1)

    assert waiting.page is None
    assert waiting.failure is not None
    assert first.failure is not None
    assert waiting.failure.retry_at == first.failure.retry_at
    assert other.page is not None
    assert after.page is not None


async def test_who_wants_it_anew_gets_only_what_is_younger(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    await read(stand, provider)
    stand.clock.turn(2.0)

    await read(stand, provider, most_seconds=3.0)
    kept = len(provider.reads)
    await read(stand, provider, most_seconds=1.0)

    assert (kept, len(provider.reads)) == (1, 2)


async def test_all_who_want_a_page_at_once_cost_one_call(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)

    got = await asyncio.gather(*(read(stand, provider) for _ in range(1000)))

    assert provider.reads == [0]
    assert len({id(one.page) for one in got}) == 1


async def test_who_gives_up_waiting_does_not_end_the_call(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    provider.gate = asyncio.Event()
    task = asyncio.create_task(read(stand, provider))
    await until(lambda: provider.reads)

    task.cancel()
    provider.gate.set()
    got = await read(stand, provider)

    assert got.page is not None
    assert provider.reads == [0]


async def test_a_call_that_began_before_is_no_proof(provider: FakeProvider) -> None:
    stand = Stand(provider)
    provider.gate = asyncio.Event()
    early = asyncio.create_task(read(stand, provider))
    await until(lambda: provider.reads)
    after = stand.pages.tick()

    late = asyncio.create_task(
        stand.pages.read(to_asked(stand, provider), Read(0, after))
    )
    await until(lambda: len(provider.reads) == 2)
    provider.gate.set()

    assert (await late).is_new
    assert (await early).page is not (await late).page


async def test_all_who_check_the_same_boundary_cost_one_call(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    got = await read(stand, provider, 1)
    assert got.page is not None
    again = Read(0, got.page.held)

    checks = [stand.pages.read(to_asked(stand, provider), again) for _ in range(100)]
    checked = await asyncio.gather(*checks)
    later = await stand.pages.read(to_asked(stand, provider), again)

    assert provider.reads == [1, 0]
    assert all(one.is_new for one in [*checked, later])


async def test_a_link_is_kept_with_its_page(provider: FakeProvider) -> None:
    stand = Stand(provider)
    got = await read(stand, provider, 1)
    assert got.page is not None

    await stand.pages.keep_predecessor(
        to_asked(stand, provider), 1, got.page.following("studio:8")
    )

    again = await read(stand, provider, 1)
    assert again.page is not None
    assert again.page.predecessor == "studio:8"


async def test_a_page_read_again_inherits_the_link(provider: FakeProvider) -> None:
    stand = Stand(provider)
    got = await read(stand, provider, 1)
    assert got.page is not None
    await stand.pages.keep_predecessor(
        to_asked(stand, provider), 1, got.page.following("studio:8")
    )
    stand.clock.turn(91.0)
    provider.items.insert(0, to_item("studio", 13))
    del provider.items[3]

    again = await read(stand, provider, 1)

    assert again.page is not None
    assert again.page.predecessor == "studio:8"


async def test_a_link_of_an_older_read_is_not_kept_over_a_newer_page(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    old = (await read(stand, provider, 1)).page
    assert old is not None
    stand.clock.turn(91.0)
    provider.items.insert(0, to_item("studio", 13))
    new = (await read(stand, provider, 1)).page

    await stand.pages.keep_predecessor(
        to_asked(stand, provider), 1, old.following("studio:8")
    )

    assert (await read(stand, provider, 1)).page is new


async def test_a_purge_leaves_an_accounts_pages_behind(provider: FakeProvider) -> None:
    stand = Stand(provider)
    theirs = account_of("studio", "theirs")
    await read(stand, provider)
    await read(stand, provider, account=theirs)

    await stand.pages.purge(ACCOUNT)
    await read(stand, provider)
    await read(stand, provider, account=theirs)

    assert len(provider.reads) == 3


async def test_a_mark_is_void_once_its_page_was_read_anew(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    page = (await read(stand, provider)).page
    assert page is not None
    stand.clock.turn(31.0)
    asked = to_asked(stand, provider)

    validities = await stand.pages.validities(asked, page, 0)
    before = [validity.is_void for validity in validities]
    await read(stand, provider)
    await until(lambda: len(provider.reads) == 2)
    await asyncio.sleep(0.01)

    assert before == [False, False]
    assert any(validity.is_void for validity in validities)
    assert any(
        validity.is_void for validity in await stand.pages.validities(asked, page, 0)
    )


async def test_a_mark_is_void_once_its_account_was_purged(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    page = (await read(stand, provider)).page
    assert page is not None

    validities = await stand.pages.validities(to_asked(stand, provider), page, 0)
    await stand.pages.purge(ACCOUNT)

    assert all(validity.is_void for validity in validities)


class Replicas:
    """Processes that share a store and news, each with its own memory."""

    def __init__(self, *providers: FakeProvider) -> None:
        shared = MemoryStore(limit_bytes=2**24, clock=FakeClock())
        first = Stand(*providers, shared=shared)
        others = [Stand(*providers, replica=first) for _ in range(3)]
        self.stands = [first, *others]

    async def aclose(self) -> None:
        for stand in self.stands:
            await stand.pages.aclose()


async def test_what_one_replica_has_read_costs_the_others_nothing(
    provider: FakeProvider,
) -> None:
    replicas = Replicas(provider)
    one, other, *_ = replicas.stands
    first = await read(one, provider)
    await one.pages.aclose()

    second = await read(other, provider)

    assert provider.reads == [0]
    assert not second.is_new
    assert second.page is not None
    assert first.page is not None
    assert second.page.entries == first.page.entries


async def test_all_replicas_at_once_cost_one_call(provider: FakeProvider) -> None:
    replicas = Replicas(provider)

    got = await asyncio.gather(
        *(read(stand, provider) for stand in replicas.stands for _ in range(50))
    )

    assert provider.reads == [0]
    assert all(one.page is not None for one in got)
    await replicas.aclose()


class LateStore(MemoryStore):
    """A store on which another replica is done just before a lease is taken."""

    other: Stand | None = None

    async def get_or_claim(
        self, key: str, claim: Claim, *, least_seconds: float
    ) -> tuple[bytes | None, bool | None]:
        other, self.other = self.other, None
        if other is not None:
            await other.pages.read(self.asked, Read(0))
            await other.pages.aclose()
        return await super().get_or_claim(key, claim, least_seconds=least_seconds)


async def test_what_was_shared_just_before_the_lease_was_free_is_not_asked_for(
    provider: FakeProvider,
) -> None:
    shared = LateStore(limit_bytes=2**24, clock=FakeClock())
    one = Stand(provider, shared=shared)
    other = Stand(provider, replica=one)
    await read(other, provider, 1)
    shared.asked, shared.other = to_asked(other, provider), other
    before = len(provider.reads)

    got = await read(one, provider)

    assert got.page is not None
    assert provider.reads[before:] == [0]


async def test_a_failing_call_lets_another_replica_try(provider: FakeProvider) -> None:
    replicas = Replicas(provider)
    one, other, *_ = replicas.stands
    provider.gate = asyncio.Event()
    first = asyncio.create_task(read(one, provider))
    await until(lambda: provider.reads)
    second = asyncio.create_task(read(other, provider))
    await asyncio.sleep(0.05)
    waiting = list(provider.reads)
    provider.failure = DOWN
    provider.gate.set()
    failed = await first
    provider.failure = None

    got = await second

    assert waiting == [0]
    assert failed.page is None
    assert got.page is not None
    await replicas.aclose()


async def test_a_purge_reaches_every_replica(provider: FakeProvider) -> None:
    replicas = Replicas(provider)
    one, other, *_ = replicas.stands
    await read(one, provider)
    await one.pages.aclose()
    await read(other, provider)

    await one.pages.purge(ACCOUNT)
    await read(other, provider)

    assert provider.reads == [0, 0]
    await replicas.aclose()


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"garbage",
        b"\x78\x9c",
        b"x\x9cK\x04\x00\x00b\x00b",
        bytes.fromhex("780163000000010001"),
        b"\xff" * 1000,
    ],
)
async def test_garbage_in_the_shared_store_counts_as_nothing(
    provider: FakeProvider, garbage: bytes
) -> None:
    shared = GarblingStore(FakeClock())
    one = Stand(provider, shared=shared)
    await read(one, provider)
    await one.pages.aclose()
    await shared.garble(garbage)
    await shared.delete_leases()

    got = await read(Stand(provider, replica=one), provider)

    assert got.page is not None
    assert len(got.page.entries) == 5


async def test_a_shared_store_that_is_away_is_gone_on_without(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider, shared=BrokenStore())

    got = await read(stand, provider)
    await stand.pages.aclose()
    again = await read(stand, provider)

    assert got.page is not None
    assert again.page == got.page
    assert provider.reads == [0]


async def test_an_item_is_found_on_fresh_pages_of_its_account_alone(
    provider: FakeProvider,
) -> None:
    stand = Stand(provider)
    await read(stand, provider)

    found = stand.pages.find(ACCOUNT, "studio:12")
    assert found is not None
    assert found.item == to_item("studio", 12)
    assert stand.pages.find(ACCOUNT, "studio:1") is None
    assert stand.pages.find(account_of("studio", "theirs"), "studio:12") is None
    stand.clock.turn(31.0)
    assert stand.pages.find(ACCOUNT, "studio:12") is None
