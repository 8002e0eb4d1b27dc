"""What is answered besides the gallery itself: providers, jobs, tokens, problems.

Items, assets, pages and source reports are `gateway.plugin`'s own structs. A field that
an older gateway does not know has a default; enumerations may grow.
"""

from typing import Any, TypeAlias

from msgspec import Struct

from gateway.plugin.model import SourceReport

Json: TypeAlias = Any
"""What an upstream says or is told, in its own words."""


class Capabilities(Struct, frozen=True, kw_only=True):
    """What a provider can do."""

    kinds: tuple[str, ...] = ()
    look_up: bool = False
    delete: bool = False


class Operation(Struct, frozen=True, kw_only=True):
    """Something that a provider does besides listing; `makes` says what comes of it."""

    name: str
    title: str | None = None
    description: str | None = None
    makes: str = "answer"
    method: str = "POST"
    scope: str | None = None
    href: str | None = None
    input_schema: Json = None
    input_media_types: tuple[str, ...] | None = None
    output_schema: Json = None


class ProviderFault(Struct, frozen=True, kw_only=True):
    """What went wrong with a provider last."""

    code: str
    time: str | None = None
    reason: str | None = None


class Provider(Struct, frozen=True, kw_only=True):
    """A configured provider; `filters` is the JSON Schema of its own parameters."""

    name: str
    plugin: str
    title: str
    capabilities: Capabilities = Capabilities()
    filters: dict[str, Any] = {}
    health: str = "ok"
    last_error: ProviderFault | None = None
    operations: tuple[Operation, ...] = ()

    def find(self, operation: str) -> Operation | None:
        return next((one for one in self.operations if one.name == operation), None)


class Providers(Struct, frozen=True, kw_only=True):
    providers: tuple[Provider, ...]


class Job(Struct, frozen=True, kw_only=True):
    """A task at a provider; `item_ids` are the gallery items that it made."""

    id: str
    provider: str
    operation: str
    status: str
    position: int | None = None
    created_at: str | None = None
    finished_at: str | None = None
    item_ids: tuple[str, ...] | None = ()
    error: Json = None

    @property
    def is_finished(self) -> bool:
        """Return whether it will stay as it is; `unknown` may become either yet."""
        return self.finished_at is not None or self.status in {"succeeded", "failed"}


class Jobs(Struct, frozen=True, kw_only=True):
    jobs: tuple[Job, ...]


class Token(Struct, frozen=True, kw_only=True):
    """What a browser or an end user may have instead of a key."""

    token: str
    expires_at: str
    scopes: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()


class Fault(Struct, frozen=True, kw_only=True):
    """What is wrong with one parameter, or one place in a body."""

    message: str = ""
    parameter: str | None = None
    pointer: str | None = None

    @property
    def where(self) -> str:
        return self.parameter or self.pointer or ""


class Refusal(Struct, frozen=True, kw_only=True):
    """What an upstream said that refused, in its own words."""

    status: int | None = None
    detail: Json = None


class Problem(Struct, frozen=True, kw_only=True):
    """What went wrong, in the form of RFC 9457."""

    code: str
    title: str = ""
    status: int | None = None
    detail: str | None = None
    request_id: str | None = None
    errors: tuple[Fault, ...] | None = None
    sources: tuple[SourceReport, ...] | None = None
    upstream: Refusal | None = None
