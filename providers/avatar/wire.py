"""The avatar service's JSON in its own words, as `/login` and `/get_gallery` have it.

A gallery entry's `url` is an id: the task's time in epoch milliseconds, with `-1`,
`-2`, … behind it where a task gave several pictures.
"""

import msgspec
from msgspec import Struct


class LoginRequest(Struct, frozen=True, kw_only=True):
    email: str


class LoginAnswer(Struct, frozen=True, kw_only=True):
    token: str | None = None


class GalleryRequest(Struct, frozen=True, kw_only=True):
    """The gallery is one whole list: nothing shapes the call."""


class Gallery(Struct, frozen=True, kw_only=True):
    """One list without pages, in the order of a directory."""

    gallery_urls: list[msgspec.Raw]


class GalleryUrl(Struct, frozen=True, kw_only=True):
    url: str
    type: str | None = None
