"""PiktID's stand-in: tokens, the gallery by job, and its delivery network."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from litestar.types import ASGIApp

from gateway.sandbox.application import assemble
from gateway.sandbox.catalogue import utc_now
from gateway.sandbox.media import MediaShelf
from gateway.sandbox.routes import CallKind, Route
from providers.piktid.sandbox.endpoints import Endpoints
from providers.piktid.sandbox.listing import Jobs
from providers.piktid.sandbox.requests import reword
from providers.piktid.sandbox.tokens import Tokens

_ROUTES: Final = (
    Route(method="GET", template="/gallery/by-job", kind=CallKind.LIST),
    Route(method="POST", template="/auth/login", kind=CallKind.LOGIN),
    Route(method="POST", template="/auth/refresh"),
    Route(method="GET", template="/cdn/{job_id}/{place}/{name}", kind=CallKind.MEDIA),
)


def create_app(
    *, items: int = 240, seed: int = 1, now: Callable[[], datetime] = utc_now
) -> ASGIApp:
    """`items` jobs, a fifth of them shared by others; the ready token is `demo`."""
    jobs = Jobs(items=items, seed=seed)
    tokens = Tokens(seed, now)
    return assemble(
        jobs,
        tokens=tokens,
        handlers=Endpoints(jobs, tokens, MediaShelf(seed)).handlers(),
        routes=_ROUTES,
        reword=reword,
        now=now,
    )
