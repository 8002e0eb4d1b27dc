"""The avatar service's JSON in its own words, as `/login` and `/get_gallery` have it.

The service has been seen in two states (facts on the upstreams, "Avatar"). As its
document has it, a gallery entry's `url` is an id: the task's time in epoch
milliseconds, with `-1`, `-2`, … behind it where a task gave several pictures. A later
state lists each file by its address, with when it was made in epoch seconds.
"""

import msgspec
from msgspec import Struct


class LoginRequest(Struct, frozen=True, kw_only=True):
    email: str


class LoginAnswer(Struct, frozen=True, kw_only=True):
    """A token, or the status of a failure that an answer of 200 tells of."""

    token: str | None = None
    status_code: int | None = None


class GalleryRequest(Struct, frozen=True, kw_only=True):
    """The gallery is one whole list: nothing shapes the call."""


class Gallery(Struct, frozen=True, kw_only=True):
    """One list without pages, in the order of a directory.

    In its later state the service tells some failures by a 200 without a list but with
    a `status_code`.
    """

    gallery_urls: list[msgspec.Raw] | None = None
    status_code: int | None = None


class Removal(Struct, frozen=True, kw_only=True):
    """What became of a deletion: a `status_code` tells that it failed."""

    status_code: int | None = None


class GalleryUrl(Struct, frozen=True, kw_only=True):
    """An entry of either state: with a `url`, or with a `source_url`."""

    url: str | None = None
    type: str | None = None
    source_url: str | None = None
    thumbnail_url: str | None = None
    last_modified: float | None = None


class RefusedField(Struct, frozen=True, kw_only=True):
    """What is wrong with one field of a body, as FastAPI words it."""

    loc: tuple[str | int, ...] = ()
    msg: str = ""


class Refusal(Struct, frozen=True, kw_only=True):
    """What a refusal says."""

    detail: str | list[RefusedField] | None = None
