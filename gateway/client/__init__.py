"""The Python client: `Gallery` and `AsyncGallery`, over httpx and msgspec alone."""

from gateway.client.async_gallery import AsyncGallery
from gateway.client.core.errors import (
    ConnectionFailedError,
    ForbiddenError,
    GatewayError,
    InvalidCursorError,
    InvalidParameterError,
    NotFoundError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
)
from gateway.client.core.structs import (
    Capabilities,
    Fault,
    Job,
    Operation,
    Provider,
    Token,
)
from gateway.client.following import AsyncJobHandle, JobHandle
from gateway.client.gallery import Gallery
from gateway.client.iteration import AsyncItems, Items
from gateway.plugin.model import (
    Asset,
    Author,
    Collection,
    GalleryItem,
    GalleryPage,
    Progress,
    SourceReport,
)

__all__ = [
    "Asset",
    "AsyncGallery",
    "AsyncItems",
    "AsyncJobHandle",
    "Author",
    "Capabilities",
    "Collection",
    "ConnectionFailedError",
    "Fault",
    "ForbiddenError",
    "Gallery",
    "GalleryItem",
    "GalleryPage",
    "GatewayError",
    "InvalidCursorError",
    "InvalidParameterError",
    "Items",
    "Job",
    "JobHandle",
    "NotFoundError",
    "Operation",
    "Progress",
    "Provider",
    "RateLimitedError",
    "SourceReport",
    "Token",
    "UnauthorizedError",
    "UnavailableError",
]
