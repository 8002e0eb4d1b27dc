"""What a token claims comes back, whole and from its own text alone."""

import string
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import get_args

import pytest
from hypothesis import given, strategies as st
from msgspec import Struct

from gateway.accounts.brought import AccountKinds
from gateway.accounts.credentials import Tenant, to_account
from gateway.adapters.plugins import find_plugins
from gateway.api.caller import TOKENS, Caller
from gateway.api.edge.auth import KnownKey
from gateway.api.edge.tokens import MOST_CHARACTERS, Tokens, Wish
from gateway.plugin.errors import (
    ForbiddenError,
    InvalidBodyError,
    InvalidTokenError,
)
from gateway.ports.caches import Caches
from gateway.settings.schema import Scope
from tests.fakes import FakeClock

SIGNING_KEYS = (b"a signing key of at least 32 bytes",)
NAMES = ("hyper3d", "avatar", "piktid")
CREDENTIALS: Mapping[str, type[Struct]] = {
    name: find_plugins()[name].credential for name in NAMES
}
KINDS = AccountKinds(
    credentials=CREDENTIALS, to_account=partial(to_account, name_keys=SIGNING_KEYS)
)
SCOPES = get_args(Scope)
ALPHABET = string.ascii_letters + string.digits + "-_"
ACME = Tenant(
    name="acme",
    accounts={"avatar": KINDS.to_account("avatar", CREDENTIALS["avatar"](email="a"))},
)
KEY = KnownKey(hash="a" * 64, tenant=ACME, scopes=frozenset(SCOPES))

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
printable = st.text(ALPHABET, min_size=1, max_size=40)
credentials = st.fixed_dictionaries(
    {},
    optional={
        "hyper3d": st.builds(CREDENTIALS["hyper3d"], email=texts, password=texts)
        | st.builds(CREDENTIALS["hyper3d"], token=printable),
        "avatar": st.builds(CREDENTIALS["avatar"], email=texts),
        "piktid": st.builds(CREDENTIALS["piktid"], token=printable),
    },
)
wishes = st.builds(
    Wish,
    scopes=st.none() | st.lists(st.sampled_from(SCOPES).filter(lambda s: s != TOKENS)),
    ttl_seconds=st.integers(60, 3600),
    subject=st.none() | st.text(st.characters(codec="utf-8"), max_size=200),
    credentials=st.none() | credentials,
)


def make(
    keys: Sequence[KnownKey] = (KEY,),
    signing_keys: Sequence[bytes] = SIGNING_KEYS,
    clock: FakeClock | None = None,
    caches: Caches | None = None,
) -> Tokens:
    caches, clock = caches or Caches(), clock or FakeClock()
    return Tokens(signing_keys, keys, KINDS, caches, clock)


@given(wishes)
def test_what_was_wished_comes_back(wish: Wish) -> None:
    tokens, other = make(), make()
    made = tokens.mint(KEY.caller, wish)

    for caller in (tokens.open(made.token), other.open(made.token)):
        assert caller.scopes == frozenset(made.scopes)
        assert caller.scopes <= KEY.scopes - {TOKENS}
        assert (caller.key, caller.subject) == (KEY.hash, wish.subject)
        assert tuple(caller.tenant.accounts) == made.providers
        if wish.credentials is None:
            assert caller.tenant is ACME
            continue
        brought = {n: one.credential for n, one in caller.tenant.accounts.items()}
        assert brought == wish.credentials
        assert (caller.tenant.name, caller.tenant.is_brought) == ("acme", True)
    assert len(made.token) <= MOST_CHARACTERS


@given(wishes, st.data())
def test_a_token_has_one_valid_spelling(wish: Wish, data: st.DataObject) -> None:
    tokens = make()
    text = tokens.mint(KEY.caller, wish).token
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from(ALPHABET) | st.characters())
    changed = text[:place] + letter + text[place + 1 :]
    others = {changed, text[:-1], text + "A", text + "=", text[4:], text.upper()}

    for other in others - {text}:
        with pytest.raises(InvalidTokenError):
            tokens.open(other)


@given(st.text(st.characters(exclude_categories=())) | st.text(ALPHABET))
def test_nothing_else_opens(text: str) -> None:
    with pytest.raises(InvalidTokenError):
        make().open(f"ggt_{text}")


@given(wishes)
def test_nothing_of_what_was_brought_can_be_read(wish: Wish) -> None:
    one = make().mint(KEY.caller, wish).token
    longer = Wish(
        scopes=wish.scopes,
        ttl_seconds=wish.ttl_seconds,
        subject=f"{wish.subject or ''}x",
        credentials=wish.credentials,
    )
    other = make().mint(KEY.caller, longer).token

    shared = [a == b for a, b in zip(one[10:], other[10:], strict=False)]
    assert sum(shared) < len(shared) / 2


def test_a_token_dies_with_its_key() -> None:
    token = make().mint(KEY.caller, Wish()).token
    moved = KnownKey(
        hash=KEY.hash, tenant=Tenant(name="other", accounts={}), scopes=KEY.scopes
    )
    another = KnownKey(hash="b" * 64, tenant=ACME, scopes=KEY.scopes)

    for keys in ([], [another], [moved], [another, moved]):
        with pytest.raises(InvalidTokenError):
            make(keys).open(token)


def test_a_token_of_an_older_signing_key_is_good_until_that_is_forgotten() -> None:
    new = b"another one, which is newer by now"
    token = make().mint(KEY.caller, Wish()).token

    assert make(signing_keys=(new, *SIGNING_KEYS)).open(token).key == KEY.hash
    with pytest.raises(InvalidTokenError):
        make(signing_keys=(new,)).open(token)


def test_a_token_does_no_more_than_its_key_still_may() -> None:
    token = make().mint(KEY.caller, Wish()).token
    narrowed = KnownKey(
        hash=KEY.hash, tenant=ACME, scopes=frozenset({"gallery:read", TOKENS})
    )

    assert make([narrowed]).open(token).scopes == {"gallery:read"}


def test_a_token_ends_no_later_than_its_key() -> None:
    clock = FakeClock()
    key = KnownKey(
        hash=KEY.hash, tenant=ACME, scopes=KEY.scopes, expires_at=clock.now() + 100
    )
    whole, ending = make(clock=clock), make([key], clock=clock)
    token = whole.mint(KEY.caller, Wish(ttl_seconds=900)).token

    clock.turn(99)
    assert ending.open(token).key == KEY.hash
    told = ending.mint(key.caller, Wish()).expires_at
    clock.turn(1)

    with pytest.raises(InvalidTokenError):
        ending.open(token)
    assert whole.open(token).key == KEY.hash
    assert told < whole.mint(KEY.caller, Wish(ttl_seconds=60)).expires_at


def test_a_provider_that_is_gone_is_left_out() -> None:
    brought = {"piktid": CREDENTIALS["piktid"](token="t")}  # noqa: S106  # none
    wish = Wish(credentials=brought)
    token = make().mint(KEY.caller, wish).token
    less = AccountKinds(
        credentials={"avatar": CREDENTIALS["avatar"]}, to_account=KINDS.to_account
    )

    opened = Tokens(SIGNING_KEYS, [KEY], less, Caches(), FakeClock()).open(token)

    assert opened.tenant == Tenant(name="acme", accounts={}, is_brought=True)


@pytest.mark.parametrize("scopes", [(TOKENS,), ("gallery:read", "else")])
def test_scopes_that_a_key_may_not_give_are_refused(scopes: tuple[str, ...]) -> None:
    with pytest.raises(ForbiddenError):
        make().mint(KEY.caller, Wish(scopes=scopes))


@given(st.integers(1_000, 3_000))
def test_no_token_is_longer_than_is_promised(length: int) -> None:
    brought = {"avatar": CREDENTIALS["avatar"](email="x" * length)}
    try:
        made = make().mint(KEY.caller, Wish(credentials=brought))
    except InvalidBodyError:
        assert length > 1_300
    else:
        assert len(made.token) <= MOST_CHARACTERS
        assert make().open(made.token).tenant.is_brought


def test_subjects_are_counted_each_by_itself() -> None:
    names = {
        Caller(tenant=ACME, scopes=frozenset(), key=key, subject=subject).counted
        for key in ("a" * 64, "b" * 64)
        for subject in (None, "", "one", "two")
    }

    assert len(names) == 6
    assert not any("one" in str(name) for name in names)


def test_a_thousand_tokens_take_no_more_than_their_share() -> None:
    caches = Caches(4_000_000)
    tokens = make(caches=caches)
    texts = [
        tokens.mint(
            KEY.caller,
            Wish(credentials={"avatar": CREDENTIALS["avatar"](email=str(n))}),
        ).token
        for n in range(1_000)
    ]

    keys = {tokens.open(text).tenant.accounts["avatar"].key for text in texts}

    assert len(keys) == 1_000
    assert 0 < caches.sizes()["tokens"] <= caches.share("tokens")


def test_minting_costs_less_than_a_millisecond() -> None:
    tokens = make()
    wish = Wish(
        subject="user-17", credentials={"avatar": CREDENTIALS["avatar"](email="a")}
    )
    costs = []
    for _ in range(200):
        begun = time.perf_counter()
        tokens.mint(KEY.caller, wish)
        costs.append(time.perf_counter() - begun)

    assert sorted(costs)[len(costs) // 2] < 0.001
