import asyncio
import contextlib

import pytest
from structlog.testing import capture_logs

from gateway.accounts.credentials import Account
from gateway.accounts.logins import Logins
from gateway.accounts.tokens import SharedTokens
from gateway.adapters.memory import MemoryStore
from gateway.plugin.errors import (
    RejectedError,
    StoreError,
    UnauthorizedError,
    UnavailableError,
    UpstreamError,
)
from gateway.ports.caches import Caches
from tests.fakes import FakeClock
from tests.gallery.fakes import SIGNING_KEY, BrokenStore, FakeProvider, account_of
from tests.spinning import bounded
from tests.virtual_time import run

MANY = 50


class Upstream:
    """Asks with a token, as a plugin's call does."""

    def __init__(self, *good: str) -> None:
        self.good = set(good)
        self.asked: list[str] = []

    async def ask(self, token: str) -> str:
        self.asked.append(token)
        await asyncio.sleep(0)
        if token not in self.good:
            raise UnauthorizedError("401")
        return f"answer to {token}"


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider("studio")


@pytest.fixture
def account() -> Account:
    return account_of("studio")


async def test_many_callers_at_once_share_one_login(
    provider: FakeProvider, account: Account
) -> None:
    logins, upstream = Logins({"studio": provider}), Upstream("first")

    answers = await asyncio.gather(
        *(logins.call(account, upstream.ask) for _ in range(MANY))
    )

    assert answers == ["answer to first"] * MANY
    assert len(provider.logins) == 1


async def test_a_voided_token_costs_many_callers_one_login_together(
    provider: FakeProvider, account: Account
) -> None:
    logins, upstream = Logins({"studio": provider}), Upstream("first")
    await logins.call(account, upstream.ask)
    upstream.good = {"second"}

    answers = await asyncio.gather(
        *(logins.call(account, upstream.ask) for _ in range(MANY))
    )

    assert answers == ["answer to second"] * MANY
    assert len(provider.logins) == 2
    assert provider.most_logins_at_once == 1


async def test_accounts_keep_their_tokens_apart(provider: FakeProvider) -> None:
    logins, upstream = Logins({"studio": provider}), Upstream("first", "second")
    ours, theirs = account_of("studio", "ours"), account_of("studio", "theirs")

    answers = [await logins.call(one, upstream.ask) for one in (ours, theirs, ours)]

    assert answers == ["answer to first", "answer to second", "answer to first"]


async def test_a_token_that_a_new_login_does_not_mend_is_unauthorized(
    provider: FakeProvider, account: Account
) -> None:
    logins, upstream = Logins({"studio": provider}), Upstream()

    with pytest.raises(UnauthorizedError):
        await logins.call(account, upstream.ask)

    assert upstream.asked == ["first", "second"]
    assert len(provider.logins) == 2


async def test_a_configured_token_that_is_refused_is_not_sent_again(
    provider: FakeProvider, account: Account
) -> None:
    provider.tokens = ["configured"]
    logins, upstream = Logins({"studio": provider}), Upstream()

    with pytest.raises(UnauthorizedError):
        await logins.call(account, upstream.ask)

    assert upstream.asked == ["configured"]
    assert len(provider.logins) == 2


@pytest.mark.parametrize("turns", range(12))
def test_a_configured_token_is_refused_for_all_at_whatever_moment_they_ask(
    provider: FakeProvider, account: Account, turns: int
) -> None:
    """In the turn of the loop, too, in which another's login is over."""
    provider.tokens = ["configured"]
    logins, upstream = Logins({"studio": provider}), Upstream()

    async def ask(turns: int) -> str:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await logins.call(account, upstream.ask)

    async def ask_all() -> list[str | BaseException]:
        return await asyncio.gather(ask(0), ask(turns), return_exceptions=True)

    with bounded(10):
        answers = asyncio.run(ask_all())

    assert [type(answer) for answer in answers] == [UnauthorizedError] * 2


async def test_anothers_login_that_fails_is_no_failure_of_who_waited_for_it(
    provider: FakeProvider, account: Account
) -> None:
    """So that one call that fails is counted once, and not for each who waited."""
    provider.login_failure = UnavailableError("it answered 503", status=503)
    provider.login_gate = asyncio.Event()
    logins, upstream = Logins({"studio": provider}), Upstream("second")
    first = asyncio.create_task(logins.call(account, upstream.ask))
    for _ in range(5):
        await asyncio.sleep(0)
    assert provider.logins
    others = [
        asyncio.create_task(logins.call(account, upstream.ask)) for _ in range(MANY)
    ]
    await asyncio.sleep(0)

    provider.login_gate.set()
    with pytest.raises(UnavailableError):
        await first
    provider.login_failure = None

    assert await asyncio.gather(*others) == ["answer to second"] * MANY
    assert len(provider.logins) == 2
    assert provider.most_logins_at_once == 1


async def test_a_refused_login_is_unauthorized_and_asks_nothing(
    provider: FakeProvider, account: Account
) -> None:
    provider.login_failure = RejectedError("it answered 403", status=403)
    logins, upstream = Logins({"studio": provider}), Upstream("first")

    with pytest.raises(UnauthorizedError, match="login is refused"):
        await logins.call(account, upstream.ask)

    assert upstream.asked == []


async def test_a_login_that_cannot_be_asked_for_is_tried_again_by_the_next(
    provider: FakeProvider, account: Account
) -> None:
    provider.login_failure = UnavailableError("it answered 503")
    logins, upstream = Logins({"studio": provider}), Upstream("second")

    with pytest.raises(UnavailableError):
        await logins.call(account, upstream.ask)
    provider.login_failure = None

    assert await logins.call(account, upstream.ask) == "answer to second"


class Contested:
    """An upstream where somebody else logs in after each of our logins, for a while."""

    def __init__(self, provider: FakeProvider) -> None:
        self._provider = provider
        self.foreign_logins = 0

    async def ask(self, token: str) -> str:
        newest = self._provider.tokens[len(self._provider.logins) - 1]
        if self.foreign_logins > 0:
            self.foreign_logins -= 1
            raise UnauthorizedError("401")
        if token != newest:
            raise UnauthorizedError("401")
        return f"answer to {token}"


async def _good_once(
    provider: FakeProvider, account: Account
) -> tuple[Logins, Contested]:
    provider.tokens = [f"token {n}" for n in range(100)]
    logins, upstream = Logins({"studio": provider}), Contested(provider)
    await logins.call(account, upstream.ask)
    return logins, upstream


def test_a_token_that_was_good_and_is_voided_from_outside_is_had_anew(
    provider: FakeProvider, account: Account
) -> None:
    async def voided(times: int) -> str:
        logins, upstream = await _good_once(provider, account)
        upstream.foreign_logins = times
        return await logins.call(account, upstream.ask)

    assert run(voided(3)) == "answer to token 3"


async def _fail(
    logins: Logins, upstream: Contested, account: Account, times: int
) -> list[UpstreamError]:
    upstream.foreign_logins = 1000
    failures: list[UpstreamError] = []
    for _ in range(times):
        try:
            await logins.call(account, upstream.ask)
        except UpstreamError as error:
            failures.append(error)
    return failures


def test_one_new_token_after_the_other_that_is_refused_tells_of_the_credential(
    provider: FakeProvider, account: Account
) -> None:
    async def refused() -> list[UpstreamError]:
        logins, upstream = await _good_once(provider, account)
        return await _fail(logins, upstream, account, 3)

    failures = run(refused())

    assert [type(failure) for failure in failures] == [UnauthorizedError] * 3


def test_good_tokens_that_are_voided_again_and_again_say_nothing_of_the_credential(
    provider: FakeProvider, account: Account
) -> None:
    async def contested() -> list[UpstreamError]:
        logins, upstream = await _good_once(provider, account)
        for _ in range(2):
            upstream.foreign_logins = 1
            await logins.call(account, upstream.ask)
        return await _fail(logins, upstream, account, 3)

    with capture_logs() as logs:
        failures = run(contested())

    assert [type(failure) for failure in failures] == [UnavailableError] * 3
    assert {failure.status for failure in failures} == {401}
    (told,) = [entry for entry in logs if entry["event"] == "login.contested"]
    assert told["provider"] == "studio"
    assert "[redis]" in told["reason"]


async def test_a_refused_login_is_unauthorized_however_good_the_account_was(
    provider: FakeProvider, account: Account
) -> None:
    logins, upstream = await _good_once(provider, account)
    upstream.foreign_logins = 1000
    provider.login_failure = RejectedError("it answered 403", status=403)

    for _ in range(2):
        with pytest.raises(UnauthorizedError):
            await logins.call(account, upstream.ask)


def test_an_account_does_not_show_its_credential() -> None:
    account = account_of("studio", "s3cret")

    assert "s3cret" not in repr(account)
    assert "s3cret" not in account.key


def replicas(provider: FakeProvider, count: int) -> list[Logins]:
    shared = MemoryStore(limit_bytes=100_000, clock=FakeClock())
    tokens = SharedTokens(shared, [SIGNING_KEY])
    return [Logins({"studio": provider}, tokens, shared) for _ in range(count)]


async def test_all_replicas_log_in_once() -> None:
    provider, upstream = FakeProvider("studio"), Upstream("first")

    asked = [
        logins.call(account_of("studio"), upstream.ask)
        for logins in replicas(provider, 4)
        for _ in range(10)
    ]
    answers = await asyncio.gather(*asked)

    assert set(answers) == {"answer to first"}
    assert len(provider.logins) == 1


async def test_a_voided_token_costs_all_replicas_one_login() -> None:
    provider, upstream = FakeProvider("studio"), Upstream("first")
    group = replicas(provider, 4)
    await asyncio.gather(
        *(logins.call(account_of("studio"), upstream.ask) for logins in group)
    )
    upstream.good = {"second"}

    answers = await asyncio.gather(
        *(
            logins.call(account_of("studio"), upstream.ask)
            for logins in group
            for _ in range(10)
        )
    )

    assert set(answers) == {"answer to second"}
    assert len(provider.logins) == 2


async def test_a_replica_logs_in_alone_while_the_store_is_away() -> None:
    provider, upstream = FakeProvider("studio"), Upstream("first")
    tokens = SharedTokens(BrokenStore(), [SIGNING_KEY])
    logins = Logins({"studio": provider}, tokens, BrokenStore())

    assert await logins.call(account_of("studio"), upstream.ask) == "answer to first"


async def test_a_refusal_tells_nothing_of_the_credential_while_logins_void_each_other(
    account: Account,
) -> None:
    provider, upstream = FakeProvider("studio"), Upstream()
    tokens = SharedTokens(BrokenStore(), [SIGNING_KEY])
    logins = Logins({"studio": provider}, tokens, BrokenStore())

    with pytest.raises(UnavailableError) as caught:
        await logins.call(account, upstream.ask)

    assert provider.logins
    assert caught.value.status == 401  # which opens no breaker


async def test_a_shared_token_that_was_voided_too_is_renewed_again() -> None:
    provider, upstream = FakeProvider("studio"), Upstream("third")
    provider.tokens = ["third"]
    shared = MemoryStore(limit_bytes=100_000, clock=FakeClock())
    tokens = SharedTokens(shared, [SIGNING_KEY])
    logins = Logins({"studio": provider}, tokens, shared)
    await tokens.put(account_of("studio").key, "first")

    async def ask(token: str) -> str:
        if token == "first":  # noqa: S105  # a fake's
            await tokens.put(account_of("studio").key, "second")
        return await upstream.ask(token)

    assert await logins.call(account_of("studio"), ask) == "answer to third"
    assert len(provider.logins) == 1


async def test_a_fresh_login_that_is_refused_is_not_tried_again() -> None:
    provider, upstream = FakeProvider("studio"), Upstream()
    (logins,) = replicas(provider, 1)

    with pytest.raises(UnauthorizedError):
        await logins.call(account_of("studio"), upstream.ask)

    assert len(provider.logins) <= 2


@pytest.mark.parametrize("token", ["h\u00fcnter2", "two\nlines", "nul\x00"])
async def test_a_token_that_fits_no_header_is_the_credentials_fault(
    provider: FakeProvider, account: Account, token: str
) -> None:
    provider.tokens = [token]
    logins, upstream = Logins({"studio": provider}), Upstream(token)

    with pytest.raises(UnauthorizedError, match="cannot be sent"):
        await logins.call(account, upstream.ask)

    assert upstream.asked == []


class FlakyStore(MemoryStore):
    """Fails, or waits for ever, at the second of the reads of a login's turn."""

    def __init__(self, *, is_stuck: bool) -> None:
        super().__init__(limit_bytes=100_000, clock=FakeClock())
        self.is_stuck = is_stuck
        self.reads = 0

    async def get(self, key: str) -> bytes | None:
        self.reads += 1
        if self.reads == 2:
            if self.is_stuck:
                await asyncio.Event().wait()
            raise StoreError("no answer in time")
        return await super().get(key)


@pytest.mark.parametrize("is_stuck", [False, True])
async def test_a_turn_to_log_in_ends_however_it_ends(
    provider: FakeProvider, account: Account, *, is_stuck: bool
) -> None:
    shared = FlakyStore(is_stuck=is_stuck)
    tokens = SharedTokens(shared, [SIGNING_KEY])
    one, other = (Logins({"studio": provider}, tokens, shared) for _ in range(2))
    upstream = Upstream("first", "second")

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await one.call(account, upstream.ask)
    await one.aclose()

    async with asyncio.timeout(1):
        assert (await other.call(account, upstream.ask)).startswith("answer")


async def test_a_login_goes_on_when_who_waited_for_it_leaves(
    provider: FakeProvider, account: Account
) -> None:
    logins, upstream = Logins({"studio": provider}), Upstream("first")
    provider.login_gate = asyncio.Event()
    leaving = asyncio.create_task(logins.call(account, upstream.ask))
    await asyncio.sleep(0)

    leaving.cancel()
    provider.login_gate.set()
    answer = await logins.call(account, upstream.ask)

    assert answer == "answer to first"
    assert len(provider.logins) == 1
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_accounts_that_were_used_longest_ago_are_forgotten(
    provider: FakeProvider, account: Account
) -> None:
    caches = Caches(0)
    logins = Logins({"studio": provider}, caches=caches)

    async def ask(token: str) -> str:
        return token

    await logins.call(account, ask)
    for number in range(MANY * 40):
        await logins.call(account_of("studio", token=str(number)), ask)
    logged_in = len(provider.logins)
    await logins.call(account_of("studio", token=str(MANY * 40 - 1)), ask)
    assert len(provider.logins) == logged_in
    await logins.call(account, ask)

    assert len(provider.logins) == logged_in + 1
    assert caches.sizes()["logins"] <= caches.share("logins")


async def test_an_account_that_is_being_logged_in_is_not_forgotten(
    provider: FakeProvider, account: Account
) -> None:
    logins = Logins({"studio": provider}, caches=Caches(0))
    asked = asyncio.Event()
    may_answer = asyncio.Event()

    async def wait(token: str) -> str:
        asked.set()
        await may_answer.wait()
        return token

    async def ask(token: str) -> str:
        return token

    waiting = asyncio.create_task(logins.call(account, wait))
    await asked.wait()
    for number in range(MANY * 40):
        await logins.call(account_of("studio", token=str(number)), ask)
    logged_in = len(provider.logins)

    same = await logins.call(account, ask)
    may_answer.set()

    assert await waiting == same
    assert len(provider.logins) == logged_in
