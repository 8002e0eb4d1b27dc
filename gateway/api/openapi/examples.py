"""What the OpenAPI document shows as examples: answers as the gateway gives them."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from gateway.api.edge.tokens import MintedToken
from gateway.api.problems.catalogue import ProblemKind
from gateway.api.problems.problem import Problem
from gateway.api.routes.health import Liveness, Readiness
from gateway.api.routes.jobs import JobList
from gateway.api.routes.providers import Provider, ProviderList
from gateway.jobs.jobs import Job
from gateway.plugin.model import (
    Asset,
    Author,
    GalleryItem,
    GalleryPage,
    SourceError,
    SourceReport,
)

_ASSET = Asset(
    id="image",
    role="preview",
    kind="image",
    status="ready",
    filename="image.jpg",
)
_ITEM = GalleryItem(
    id="hyper3d:5b1c9c1e-6a55-4f39-8a0e-0d4d9f3f6a11",
    provider="hyper3d",
    kind="model",
    status="ready",
    title="A brass orrery",
    prompt="a small brass orrery on a walnut base",
    created_at="2025-10-31T20:41:47.559Z",
    author=Author(id="b6d0c1e2", name="Ada"),
    job_id="5b1c9c1e-6a55-4f39-8a0e-0d4d9f3f6a11",
    visibility="private",
    licensed=True,
    likes=3,
    liked=False,
    cover=_ASSET,
    asset_count=1,
    assets=(_ASSET,),
)
_PAGE = GalleryPage(
    items=(_ITEM,),
    next_cursor="AQ7nCTtV0b3Zz8y1",
    complete=False,
    links_expire_at=None,
    sources=(
        SourceReport(
            provider="hyper3d", state="fresh", read_through="2025-03-02T08:00:00.000Z"
        ),
        SourceReport(
            provider="piktid",
            state="unavailable",
            retry_at="2025-11-01T08:00:12.000Z",
            error=SourceError(
                code="upstream-unavailable", title="The provider could not be read"
            ),
        ),
    ),
)

_PROVIDER: Any = {
    "name": "hyper3d",
    "plugin": "hyper3d",
    "title": "Hyper3D",
    "capabilities": {
        "kinds": ["image", "video", "model"],
        "look_up": False,
        "delete": False,
    },
    "filters": {
        "type": "object",
        "properties": {"type": {"enum": ["Mine", "Featured"]}},
    },
    "operations": [],
    "health": "ok",
    "last_error": None,
}
_JOB = Job(
    id="job_AQ7nCTtV0b3Zz8y1",
    provider="avatar",
    operation="generate",
    status="queued",
    position=2,
    created_at="2025-11-01T08:00:00.000Z",
    finished_at=None,
    item_ids=(),
    error=None,
)

TOKEN: Any = msgspec.to_builtins(
    MintedToken(
        token="ggt_AZ3wjhBEqdysZLyr",  # noqa: S106  # what one looks like
        expires_at="2025-11-01T08:15:00.000Z",
        scopes=("gallery:read",),
        providers=("hyper3d", "piktid"),
    )
)

ANSWERS: Mapping[type[Struct], Any] = {
    GalleryItem: msgspec.to_builtins(_ITEM),
    GalleryPage: msgspec.to_builtins(_PAGE),
    Provider: _PROVIDER,
    ProviderList: {"providers": [_PROVIDER]},
    Job: msgspec.to_builtins(_JOB),
    JobList: {"jobs": [msgspec.to_builtins(_JOB)]},
    Liveness: {"status": "ok"},
    Readiness: {
        "status": "ok",
        "store": "ok",
        "redis": {
            "kind": "sentinel",
            "nodes": 3,
            "version": "Redis 7.0.15",
            "eviction_policy": "volatile-lru",
        },
        "providers": {"hyper3d": "ok", "piktid": "degraded"},
    },
}


def to_problem(code: str, kind: ProblemKind) -> Any:
    return msgspec.to_builtins(
        Problem(
            type=f"/problems/{code}",
            code=code,
            title=kind.title,
            status=kind.status,
            detail=None,
            instance="/v1/gallery",
            request_id="0b0f6b1e5c5f4d0f9d7f3f1f2a3b4c5d",
            errors=None,
            sources=None,
            upstream=None,
        )
    )
