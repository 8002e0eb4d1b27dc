"""The configured tenants: their accounts upstream, and what stands for them: keys, tokens."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from functools import partial

from msgspec import Struct

from gateway.accounts.brought import AccountKinds, BroughtAccounts
from gateway.accounts.credentials import Tenant, to_account
from gateway.api.edge.auth import Keyring, KnownKey
from gateway.api.edge.tokens import Tokens
from gateway.gallery.gallery import Source
from gateway.media.link import MOST_SECONDS
from gateway.ports.clock import Clock
from gateway.ports.stores import Stores
from gateway.sealing.derive import derive
from gateway.settings import Key, Settings, TenantSettings


class Tenancy(Struct, frozen=True, kw_only=True):
    """The tenants, what knows who calls, and which accounts tokens have brought."""

    tenants: tuple[Tenant, ...]
    keyring: Keyring
    tokens: Tokens
    brought: BroughtAccounts


def to_tenancy(
    settings: Settings, sources: Sequence[Source], stores: Stores, clock: Clock
) -> Tenancy:
    kinds = _to_kinds(settings, sources)
    tenants = tuple(_to_tenant(tenant, kinds) for tenant in settings.tenants)
    by_name = {tenant.name: tenant for tenant in tenants}
    keys = [
        _to_known_key(key, by_name[tenant.name])
        for tenant in settings.tenants
        for key in tenant.keys
    ]
    signing_keys = _to_signing_keys(settings)
    tokens = Tokens(signing_keys, keys, kinds, stores.caches, clock)
    anonymous = by_name.get(settings.server.anonymous_tenant)
    return Tenancy(
        tenants=tenants,
        keyring=Keyring(keys, anonymous, clock, tokens.open),
        tokens=tokens,
        brought=BroughtAccounts(
            kinds, signing_keys, stores, clock, keep_seconds=MOST_SECONDS
        ),
    )


def _to_kinds(settings: Settings, sources: Sequence[Source]) -> AccountKinds:
    """Return how accounts are made of credentials, in the configuration's order."""
    name_keys = [derive(key, b"account", 32) for key in _to_signing_keys(settings)]
    return AccountKinds(
        credentials={source.name: source.plugin.credential for source in sources},
        to_account=partial(to_account, name_keys=name_keys),
    )


def _to_signing_keys(settings: Settings) -> list[bytes]:
    return [key.encode() for key in settings.secrets.signing_keys]


def _to_tenant(tenant: TenantSettings, kinds: AccountKinds) -> Tenant:
    """Return a tenant its accounts, in the configuration's order of providers."""
    return Tenant(
        name=tenant.name,
        accounts={
            name: kinds.to_account(name, tenant.credentials[name])
            for name in kinds.credentials
            if name in tenant.credentials
        },
    )


def _to_known_key(key: Key, tenant: Tenant) -> KnownKey:
    """Take over a key; it is good until the day of `expires` begins in UTC."""
    expires = key.expires
    return KnownKey(
        hash=key.hash.removeprefix("sha256:"),
        tenant=tenant,
        scopes=frozenset(key.scopes),
        expires_at=(
            None
            if expires is None
            else datetime.combine(expires, time(), UTC).timestamp()
        ),
    )
