"""The viewer: a page at `/` and the plain files that it is made of.

The page names its files below a digest of them all, so a browser keeps them for good and
never mixes two versions; below another digest the same files are served, but not kept.
"""

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import ASGIApp

from gateway.api.answers.compression import wants_gzip
from gateway.api.context import HttpRequest, headers_of
from gateway.api.steady.steady import to_steady

FOLDER = Path(__file__).parents[2] / "web"
PAGE = "index.html"

_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_KEPT = {"cache-control": "public, max-age=31536000, immutable"}
_ASKED_FOR = {"cache-control": "no-cache"}
_VARYING = {"vary": "Accept-Encoding"}
_HEADERS = {
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


def to_handlers(public_url: str) -> list[HTTPRouteHandler]:
    files = read_files()
    version = to_version(files)
    page = files.pop(PAGE).replace(b'"viewer/', f'"viewer/{version}/'.encode())
    packed = {
        name: gzip.compress(content, 9, mtime=0) for name, content in files.items()
    }

    @get("/", sync_to_thread=False)
    def show_viewer(request: HttpRequest) -> ASGIApp:
        policy = to_policy(public_url, headers_of(request).get("host", ""))
        headers = {**_HEADERS, **_ASKED_FOR, "content-security-policy": policy}
        return to_steady(request, page, "text/html", headers)

    @get("/viewer/{digest:str}/{path:path}", sync_to_thread=False)
    def show_viewer_file(
        request: HttpRequest, digest: FromPath[str], path: FromPath[Path]
    ) -> ASGIApp:
        name, headers = path.as_posix().lstrip("/"), _HEADERS | _VARYING
        if name not in files:
            raise NotFoundException
        headers |= _KEPT if digest == version else _ASKED_FOR
        is_packed = wants_gzip(headers_of(request).get("accept-encoding", ""))
        if is_packed:
            headers["content-encoding"] = "gzip"
        content = (packed if is_packed else files)[name]
        return to_steady(request, content, _TYPES[path.suffix], headers)

    return [show_viewer, show_viewer_file]


def read_files() -> dict[str, bytes]:
    """Return the content of each file by its path below the folder."""
    return {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in _TYPES
    }


def to_version(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def to_policy(public_url: str, host: str) -> str:
    """Allow this origin alone, and that of media links where it is another one.

    `'self'` stands for the page's host in either scheme that is as safe or safer, so
    the host is all that is compared.
    """
    public = urlsplit(public_url)
    is_other = bool(public_url) and public.netloc.lower() != host.lower()
    media = f" {public.scheme}://{public.netloc}" if is_other else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self';"
        f" img-src 'self' blob: data:{media}; media-src 'self'{media};"
        " connect-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )
