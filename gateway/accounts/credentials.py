"""Which account a caller uses at each provider, and what names it."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from gateway.plugin.provider import Identified
from gateway.sealing.digest import to_name

_ID_BYTES = 8


class Account(Struct, frozen=True, kw_only=True):
    """What one upstream login can see; its names are digests, keyed by secrets.

    `key` names it in stores. `ids` name it in media links: the first one in new ones,
    each of them in those that were made with an older signing key.
    """

    provider: str
    key: str
    ids: tuple[bytes, ...]
    credential: Struct

    def __repr__(self) -> str:
        return f"Account({self.provider}, {self.key[:8]})"


def to_account(
    provider: str, credential: Struct, name_keys: Sequence[bytes]
) -> Account:
    """Name an account by the keys that are derived from the signing keys, in their order.

    In stores it is named by the least of them, wherever that stands: with each key that
    comes or goes the name changes once at most.
    """
    spelt = msgspec.msgpack.encode(_to_identity(credential))
    names = {key: to_name(key, provider.encode(), spelt) for key in name_keys}
    return Account(
        provider=provider,
        key=names[min(names)].hex(),
        ids=tuple(name[:_ID_BYTES] for name in names.values()),
        credential=credential,
    )


def _to_identity(credential: Struct) -> object:
    """Return what tells one upstream user from another: two spellings may be the same."""
    return credential.identity() if isinstance(credential, Identified) else credential


class Tenant(Struct, frozen=True, kw_only=True):
    """Who calls; `accounts` by provider, in the configuration's order.

    They are the tenant's own, unless a token has brought them: then what is made for
    them is for nobody else of the tenant.
    """

    name: str
    accounts: Mapping[str, Account]
    is_brought: bool = False
