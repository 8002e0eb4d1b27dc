"""The operations in words, and the tags that they stand under."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct


class _Words(Struct, frozen=True):
    tag: str
    summary: str
    description: str


TAGS = {
    "gallery": "Pages of items over all providers, and single items.",
    "media": "The files: pictures, videos and models, and smaller pictures of them.",
    "providers": "What the gallery is made of, and how each provider fares.",
    "operations": "What the configured providers can do besides their lists.",
    "jobs": "The tasks that operations have sent, until they are over.",
    "tokens": "Short ones, for browsers and end users.",
    "health": "For whoever runs the gateway: no key is needed.",
    "problems": "What errors mean: no key is needed.",
}
_OPERATIONS: Mapping[str, _Words] = {
    "listGallery": _Words(
        "gallery",
        "One page of the gallery, newest first",
        "Reads all providers at once and answers in time with what could be had;"
        " `sources` says for each how it fared. Follow `next_cursor` with the same"
        " filters until it is null: no item comes twice, none is left out.",
    ),
    "getItem": _Words(
        "gallery",
        "One item with all its assets",
        "A 404 means that there is no such item; a 503 that it could not be told yet:"
        " asking again goes on from there.",
    ),
    "deleteItem": _Words(
        "gallery",
        "Delete an item whose `actions` name it",
        "It is gone from all pages at once. Deleting it again within ten minutes is a"
        " 204 as well, so that a lost answer may be asked for anew.",
    ),
    "getAsset": _Words(
        "media",
        "A new media link: the address to store",
        "Redirects to a media link, which expires; this address does not. Whoever"
        " follows the redirect gets the file.",
    ),
    "getMedia": _Words(
        "media",
        "The bytes of a picture, a video or a model",
        "What `url`, `preview_url` and `thumbnail_url` of an asset lead to. The link is"
        " the key to it; it takes one range of bytes.",
    ),
    "headMedia": _Words(
        "media",
        "The same without the bytes",
        "Tells a file's length, type and tag.",
    ),
    "listProviders": _Words(
        "providers",
        "The tenant's providers",
        "With what each can do, the filters of its own, and how it has fared lately.",
    ),
    "getProvider": _Words(
        "providers", "One provider", "As `GET /v1/providers` has it."
    ),
    "listJobs": _Words(
        "jobs",
        "The jobs of a day",
        "Those that were sent through the gateway, the newest first. They are kept in"
        " the cache, which may forget; the id of a job does not depend on that.",
    ),
    "getJob": _Words(
        "jobs",
        "How far a job has come",
        "Once it has succeeded, its items are in the gallery. With `Prefer: wait` the"
        " answer is held until there is news.",
    ),
    "createToken": _Words(
        "tokens",
        "Make a token for a browser or an end user",
        "It goes where a key goes, may do no more than the key that makes it, and dies"
        " with that. With `credentials` it sees just these providers through these"
        " accounts, without it what its key sees.",
    ),
    "live": _Words(
        "health", "Whether it answers", "Asks nothing of the cache or the providers."
    ),
    "ready": _Words(
        "health",
        "Whether it is ready",
        "A 503 while it starts. A cache or a provider that is away shows in the body"
        " and does not make it unready.",
    ),
    "explainProblem": _Words(
        "problems",
        "What an error means",
        "A page for people: what it means and what to do.",
    ),
}


def to_operation(
    operation_id: str,
    parameters: Sequence[Mapping[str, Any]],
    responses: Mapping[str, Any],
) -> dict[str, Any]:
    words = _OPERATIONS[operation_id]
    return {
        "operationId": operation_id,
        "tags": [words.tag],
        "summary": words.summary,
        "description": words.description,
        "parameters": list(parameters),
        "responses": responses,
    }
