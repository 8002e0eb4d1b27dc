"""An avatar service of nginx's: it logs in, lists what it is told to, and sends files.

It sends as fast as a kernel can, so that it is never what is measured.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from tests.benchmarks import nginx, stand

Kind = Literal["image", "video"]
TOKEN = "of-the-upstream"  # noqa: S105  # nobody's
_NEWEST_EPOCH_MS = 1_750_000_000_000
# Every entry has the same bytes behind it, and no thumbnail of the upstream's own.
_SERVER = """
default_type application/json;
location = /login {{ return 200 '{{"token": "{token}"}}'; }}
location = /get_gallery {{ alias {listing}; }}
location /get_gallery_{kind}/ {{
  default_type application/octet-stream;
  root {folder};
  try_files /file =404;
}}
location / {{ return 404; }}
"""


@contextmanager
def serving(
    folder: Path, file: Path, kind: Kind, count: int, core: int | None = None
) -> Iterator[stand.Running]:
    """Serve so many entries that are all the same file, which is moved into `folder`."""
    folder.mkdir()
    file.rename(folder / "file")
    listing = folder / "listing.json"
    entries = [{"type": kind, "url": url} for url in _to_urls(count)]
    listing.write_text(json.dumps({"gallery_urls": entries}))
    server = _SERVER.format(token=TOKEN, listing=listing, kind=kind, folder=folder)
    with nginx.serving(folder / "nginx", server, core=core) as running:
        yield running


def to_path(kind: Kind) -> str:
    """Return the path of the newest entry's file."""
    return f"/get_gallery_{kind}/{_NEWEST_EPOCH_MS}"


def _to_urls(count: int) -> Sequence[str]:
    return [str(_NEWEST_EPOCH_MS - number) for number in range(count)]
