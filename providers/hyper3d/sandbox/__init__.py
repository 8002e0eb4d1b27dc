"""Hyper3D's stand-in: login, the galleries of cards, and their signed media."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Final

from litestar.types import ASGIApp

from gateway.sandbox.application import assemble
from gateway.sandbox.catalogue import utc_now
from gateway.sandbox.media import MediaShelf
from gateway.sandbox.routes import CallKind, Route
from providers.hyper3d.sandbox.endpoints import Endpoints, Signer
from providers.hyper3d.sandbox.galleries import Galleries
from providers.hyper3d.sandbox.requests import reword

_ROUTES: Final = (
    Route(method="POST", template="/api/user/login", kind=CallKind.LOGIN),
    Route(method="POST", template="/api/task/cards", kind=CallKind.LIST),
    Route(method="GET", template="/files/{task_uuid}/{name}", kind=CallKind.MEDIA),
    Route(method="GET", template="/avatars/{name}", kind=CallKind.MEDIA),
)


def create_app(
    *, items: int = 240, seed: int = 1, now: Callable[[], datetime] = utc_now
) -> ASGIApp:
    """`items` cards are the demo account's; up to 480 more are other people's."""
    galleries = Galleries(items=items, seed=seed)
    signer = Signer(sha256(f"hyper3d:{seed}".encode()).digest(), now)
    endpoints = Endpoints(galleries, MediaShelf(seed), signer)
    return assemble(
        galleries,
        tokens=endpoints,
        handlers=endpoints.handlers(),
        routes=_ROUTES,
        reword=reword,
        now=now,
    )
