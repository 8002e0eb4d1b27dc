import pytest

from gateway.accounts.tokens import SharedTokens
from gateway.adapters.memory import MemoryStore
from tests.fakes import FakeClock
from tests.gallery.fakes import BrokenStore

OLD, NEW = b"an old signing key, 32 bytes long", b"a new signing key of 32 bytes...."


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(limit_bytes=10_000, clock=FakeClock())


async def test_a_token_is_shared_but_not_readable(store: MemoryStore) -> None:
    tokens = SharedTokens(store, [NEW])

    await tokens.put("account", "s3cret")

    assert await tokens.get("account") == "s3cret"
    sealed = await store.get("token:account")
    assert sealed is not None
    assert b"s3cret" not in sealed


async def test_a_rotated_key_still_opens_it(store: MemoryStore) -> None:
    await SharedTokens(store, [OLD]).put("account", "s3cret")

    assert await SharedTokens(store, [NEW, OLD]).get("account") == "s3cret"
    assert await SharedTokens(store, [NEW]).get("account") is None


async def test_garbage_is_no_token(store: MemoryStore) -> None:
    await store.put("token:account", b"garbage", keep_seconds=60)

    assert await SharedTokens(store, [NEW]).get("account") is None


async def test_a_token_that_cannot_be_shared_is_no_failure() -> None:
    await SharedTokens(BrokenStore(), [NEW]).put("account", "s3cret")
