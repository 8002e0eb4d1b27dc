"""The configured tenants: their accounts upstream, and the keys that stand for them."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from gateway.accounts.credentials import Tenant, to_account
from gateway.api.edge.auth import Keyring, KnownKey
from gateway.gallery.gallery import Source
from gateway.ports.clock import Clock
from gateway.sealing.derive import derive
from gateway.settings import Key, Settings, Tenant as TenantSettings


def to_tenants(settings: Settings, sources: Sequence[Source]) -> tuple[Tenant, ...]:
    signing_keys = settings.secrets.signing_keys
    name_keys = [derive(key.encode(), b"account", 32) for key in signing_keys]
    return tuple(_to_tenant(tenant, sources, name_keys) for tenant in settings.tenants)


def to_keyring(settings: Settings, tenants: Sequence[Tenant], clock: Clock) -> Keyring:
    by_name = {tenant.name: tenant for tenant in tenants}
    keys = [
        _to_known_key(key, by_name[tenant.name])
        for tenant in settings.tenants
        for key in tenant.keys
    ]
    return Keyring(keys, by_name.get(settings.server.anonymous_tenant), clock)


def _to_tenant(
    tenant: TenantSettings, sources: Sequence[Source], name_keys: Sequence[bytes]
) -> Tenant:
    """Return a tenant its accounts, in the configuration's order of providers."""
    return Tenant(
        name=tenant.name,
        accounts={
            source.name: to_account(
                source.name, tenant.credentials[source.name], name_keys
            )
            for source in sources
            if source.name in tenant.credentials
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
