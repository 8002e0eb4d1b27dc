"""What can go wrong, named by what the one who asked can do about it.

GatewayError
├── CallerError                 the request is at fault
│   ├── InvalidParameterError     mend the parameters it names
│   ├── InvalidBodyError          mend the places in the body that it points to
│   ├── InvalidCursorError        start the crawl anew
│   ├── ExpiredCursorError        likewise: it was good once
│   ├── UnauthenticatedError      send a key
│   │   └── InvalidTokenError       make a new token
│   ├── ForbiddenError            send a key with the scope it names
│   ├── ForgedLinkError           ask the gallery for a link
│   ├── ExpiredLinkError          likewise: it was good once
│   ├── RangeNotSatisfiableError  ask for what there is
│   ├── UnsupportedByProviderError  no upstream can do that with it
│   ├── UnsupportedMediaError     it is nothing that is served, or taken
│   ├── NotFoundError             ask for something else
│   ├── MethodNotAllowedError     use the method that it names
│   ├── TooLargeError             send less
│   ├── IdempotencyMismatchError  use another idempotency key
│   └── IdempotencyInProgressError  wait for the first request with this key
├── UpstreamError               one provider's part failed
│   ├── UnavailableError          ask again later
│   │   └── CircuitOpenError            likewise; it was not even asked
│   ├── MisbehavedError           likewise; its answer made no sense
│   ├── RejectedError             it refuses this call
│   │   └── RefusedError                an operation: mend what it says
│   ├── OutcomeUnknownError       look whether it was carried out
│   ├── ForbiddenAddressError     it names an address that is not fetched from
│   └── UnauthorizedError         mend the tenant's credential
├── NothingAnsweredError        no source could answer at all
├── StoreError                  the cache is away: go on without it
├── StoreUnavailableError       it cannot be done without the cache: ask again later
└── SettingsError               mend the configuration, all faults at once
"""

from collections.abc import Sequence

from msgspec import Struct

from gateway.plugin.model import SourceReport


class GatewayError(Exception):
    pass


class CallerError(GatewayError):
    pass


class Fault(Struct, frozen=True, kw_only=True):
    """One thing wrong, and where: a parameter, a file's key path, or a JSON pointer."""

    where: str
    message: str


class InvalidParameterError(CallerError):
    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{f.where}: {f.message}" for f in faults))
        self.faults = tuple(faults)


class InvalidBodyError(CallerError):
    """A body's faults; each is where its JSON pointer says (RFC 6901)."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{f.where or '/'}: {f.message}" for f in faults))
        self.faults = tuple(faults)


class InvalidCursorError(CallerError):
    pass


class ExpiredCursorError(CallerError):
    pass


class UnauthenticatedError(CallerError):
    pass


class InvalidTokenError(UnauthenticatedError):
    pass


class ForbiddenError(CallerError):
    pass


class ForgedLinkError(CallerError):
    pass


class ExpiredLinkError(CallerError):
    pass


class RangeNotSatisfiableError(CallerError):
    """`size` is how many bytes there are."""

    def __init__(self, size: int) -> None:
        super().__init__("the range begins behind the end")
        self.size = size


class UnsupportedByProviderError(CallerError):
    pass


class UnsupportedMediaError(CallerError):
    pass


class NotFoundError(CallerError):
    pass


class MethodNotAllowedError(CallerError):
    """`allowed` are the methods that may be used."""

    def __init__(self, *allowed: str) -> None:
        super().__init__(f"use {allowed[0]}")
        self.allowed = allowed


class TooLargeError(CallerError):
    pass


class IdempotencyMismatchError(CallerError):
    pass


class IdempotencyInProgressError(CallerError):
    pass


class UpstreamError(GatewayError):
    """A provider's failure; the text never holds an address or a credential.

    `status` is that of its answer, if it gave one.
    """

    code = "upstream-unavailable"

    def __init__(
        self,
        message: str,
        *,
        retry_after_seconds: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.status = status


class UnavailableError(UpstreamError):
    pass


class CircuitOpenError(UnavailableError):
    """The provider is left alone for a while, or for whoever tries it first."""


class MisbehavedError(UpstreamError):
    pass


class RejectedError(UpstreamError):
    """`body` is its answer's, as far as it was read."""

    code = "upstream-rejected"

    def __init__(self, message: str, *, status: int, body: bytes = b"") -> None:
        super().__init__(message, status=status)
        self.status: int = status
        self.body = body


class RefusedError(RejectedError):
    """An operation is refused; `detail` are the upstream's own words, if it had some.

    They hold no addresses, e-mail or else, and no secrets.
    """

    code = "upstream-refused"

    def __init__(self, status: int, detail: str | None = None) -> None:
        super().__init__(detail or f"it answered {status}", status=status)
        self.detail = detail


class OutcomeUnknownError(UpstreamError):
    """It may have been carried out, and must not be repeated unseen."""

    code = "outcome-unknown"


class ForbiddenAddressError(UpstreamError):
    code = "upstream-rejected"


class UnauthorizedError(UpstreamError):
    code = "upstream-unauthorized"


class NothingAnsweredError(GatewayError):
    """Every source failed, or one where all are needed; the text names them.

    `refused` when all of them refused the credential. `sources` tells how each fared.
    """

    def __init__(
        self,
        text: str,
        *,
        refused: bool,
        retry_after_seconds: float,
        sources: Sequence[SourceReport] = (),
    ) -> None:
        super().__init__(text)
        self.refused = refused
        self.retry_after_seconds = retry_after_seconds
        self.sources = tuple(sources)


class StoreError(GatewayError):
    pass


class StoreUnavailableError(GatewayError):
    pass


class SettingsError(GatewayError):
    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(f"{f.where}: {f.message}" for f in faults))
        self.faults = tuple(faults)
