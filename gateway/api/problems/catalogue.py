"""What each error code means and what to do.

The only place where HTTP statuses of errors are chosen.
"""

from collections.abc import Mapping

from msgspec import Struct


class ProblemKind(Struct, frozen=True):
    """What a code means, and what to do about it."""

    status: int
    title: str
    remedy: str


KINDS: Mapping[str, ProblemKind] = {
    "invalid-parameter": ProblemKind(
        400,
        "The request is not valid",
        "Mend what `errors` names: parameters, or places in the body as JSON pointers;"
        " the OpenAPI document lists them all.",
    ),
    "invalid-cursor": ProblemKind(
        400,
        "The cursor is not valid here",
        "Send `next_cursor` as it came, with the same filters and the same key's"
        " tenant; else start the crawl anew, without a cursor.",
    ),
    "expired-cursor": ProblemKind(
        410, "The cursor is no longer valid", "Start the crawl anew, without a cursor."
    ),
    "unauthorized": ProblemKind(
        401,
        "A valid key is needed",
        "Send a key or a token in `Authorization: Bearer KEY` or `X-API-Key: KEY`;"
        " a token that has expired is replaced by a new one.",
    ),
    "forbidden": ProblemKind(
        403,
        "The key may not do this",
        "Use a key with the scope that the detail names.",
    ),
    "not-found": ProblemKind(
        404, "There is no such thing", "Check the address and the id in it."
    ),
    "method-not-allowed": ProblemKind(
        405,
        "The method is not allowed here",
        "Use one of the methods that the header `Allow` names.",
    ),
    "rate-limited": ProblemKind(
        429,
        "Too many requests",
        "Ask again after the seconds that `Retry-After` names; `RateLimit` tells what"
        " is left.",
    ),
    "unsupported-by-provider": ProblemKind(
        405,
        "The provider cannot do this",
        "Only items whose `actions` name it can; `Allow` tells what else there is.",
    ),
    "forged-link": ProblemKind(
        403,
        "The media link is not one of this gateway",
        "Take links from the gallery as they are; ask the gallery for new ones.",
    ),
    "expired-link": ProblemKind(
        410,
        "The media link has expired",
        "Ask the gallery again, or keep `/v1/gallery/{id}/assets/{asset_id}` instead.",
    ),
    "unsupported-media-type": ProblemKind(
        415,
        "The file is not served",
        "It is neither picture, video nor known model format, or cannot be made"
        " smaller; the full file may still be had from `url`.",
    ),
    "range-not-satisfiable": ProblemKind(
        416, "The range begins behind the end", "`Content-Range` tells the length."
    ),
    "too-large": ProblemKind(413, "The request is too large", "Send a smaller one."),
    "upstream-refused": ProblemKind(
        422,
        "The provider refuses it",
        "`upstream` has its status and its own words: mend what they name.",
    ),
    "idempotency-mismatch": ProblemKind(
        422,
        "The idempotency key was used for something else",
        "Send a new key with each new request; the same one with the same body only.",
    ),
    "idempotency-in-progress": ProblemKind(
        409,
        "The first request with this idempotency key is going on",
        "Ask again after the seconds that `Retry-After` names, with the same key.",
    ),
    "outcome-unknown": ProblemKind(
        502,
        "Nobody knows whether it was carried out",
        "Look whether it was (the gallery, the jobs), and only then send it again,"
        " with a new idempotency key.",
    ),
    "store-unavailable": ProblemKind(
        503,
        "The shared cache is away",
        "Nothing was sent. Ask again after the seconds that `Retry-After` names.",
    ),
    "upstream-unauthorized": ProblemKind(
        502,
        "Every provider refuses the credentials",
        "The gateway's operator must mend this tenant's credentials.",
    ),
    "upstream-rejected": ProblemKind(
        502,
        "The provider refuses the request",
        "Check provider-specific filters; else tell the gateway's operator.",
    ),
    "upstream-unavailable": ProblemKind(
        503,
        "The providers could not answer",
        "Try again after the seconds that `Retry-After` names; a cursor stays good.",
    ),
    "internal": ProblemKind(
        500, "The gateway failed", "Tell the operator the `request_id`."
    ),
}
