"""What PiktID's stand-in accepts in a query, and how it words a refusal."""

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec
from litestar.datastructures import MultiDict
from litestar.exceptions import HTTPException

from gateway.sandbox.refusals import Refusal
from providers.piktid.sandbox.listing import Filters, Page

Json = dict[str, object]
Query = MultiDict[str]
_ORDERS: Final = ("asc", "desc")
_SORTS: Final = ("original_filename", "quality_score")
_OWNERSHIPS: Final = ("mine", "shared")
_PAGE_MAX: Final = 1_000_000
T = TypeVar("T")


class Reader:
    """Reads parameters one by one and keeps all the faults it meets."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self.faults: list[Json] = []

    def number(self, name: str, default: int, limit: int) -> int:
        text = self._query.get(name)
        if text is None:
            return default
        if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= limit:
            return int(text)
        return self._blame(name, f"must be an integer from 1 to {limit}", default)

    def word(self, name: str, words: Sequence[str]) -> str | None:
        text = self.text(name)
        if text is None or text in words:
            return text
        return self._blame(name, f"must be one of: {', '.join(words)}", None)

    def text(self, name: str) -> str | None:
        return self._query.get(name) or None

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(text for text in self._query.getall(name, []) if text)

    def _blame(self, name: str, message: str, instead: T) -> T:
        self.faults.append({"field": name, "message": message, "position": "query"})
        return instead


def read_listing(query: Query) -> tuple[Filters, Page]:
    reader = Reader(query)
    order = reader.word("order", _ORDERS)
    sort_by = reader.word("sort_by", _SORTS)
    filters: Json = {
        "project_id": reader.text("project_id"),
        "status": reader.text("status"),
        "feedback": reader.texts("feedback"),
        "ownership": reader.word("ownership", _OWNERSHIPS),
        "job_id": reader.text("job_id"),
        "job_type": reader.text("job_type"),
        "search": reader.text("search"),
        "order": order or "desc",
    }
    page: Json = {
        "number": reader.number("page", 1, _PAGE_MAX),
        "size": reader.number("per_page", 20, 100),
        "sort_by": sort_by or "original_filename",
        "images_limit": reader.number("max_images_per_job", 50, 200),
    }
    if reader.faults:
        raise Refusal(400, {"error": "Invalid request", "detail": reader.faults})
    return msgspec.convert(filters, Filters), msgspec.convert(page, Page)


def unauthorized() -> Refusal:
    """The document shows this one as empty."""
    return Refusal(401, None, {"WWW-Authenticate": "Bearer"})


def reword(error: HTTPException, method: str, path: str) -> Refusal:  # noqa: ARG001
    return Refusal(error.status_code, {"error": error.detail, "detail": []})
