"""Who calls, and what they may do."""

from functools import cached_property

from msgspec import Struct

from gateway.accounts.credentials import Tenant
from gateway.sealing.digest import to_key

READ = "gallery:read"
WRITE = "gallery:write"
TOKENS = "tokens:write"


class Caller(Struct, frozen=True, kw_only=True, dict=True):
    """Who calls; `key` is the hash of the key, or of the one that made the token.

    `subject` is whom a token was made for, in the application's own words.
    """

    tenant: Tenant
    scopes: frozenset[str]
    key: str | None = None
    subject: str | None = None

    @cached_property
    def counted(self) -> str | None:
        """Name whose requests are counted together; None for those without a key."""
        if self.key is None or not self.subject:
            return self.key
        return f"{self.key}:{to_key(self.subject.encode())}"
