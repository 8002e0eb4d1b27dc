"""What each field of an answer means, struct by struct, for the OpenAPI document."""

from collections.abc import Mapping

from msgspec import Struct

from gateway.accounts.health import LastError
from gateway.api.edge.tokens import MintedToken
from gateway.api.problems.problem import Problem, RequestFault, UpstreamRefusal
from gateway.api.routes.health import Liveness, Readiness, RedisSummary
from gateway.api.routes.jobs import JobList
from gateway.api.routes.providers import (
    Capabilities,
    OfferedOperation,
    Provider,
    ProviderList,
)
from gateway.api.routes.tokens import TokenRequest
from gateway.jobs.jobs import Job
from gateway.plugin.model import (
    Asset,
    Author,
    Collection,
    GalleryItem,
    GalleryPage,
    Progress,
    SourceError,
    SourceReport,
)

_PROVIDER = "The provider's name, as in `GET /v1/providers`"
_NATIVE = "The upstream's own fields, with `include=native`; else null"
_PAGE: Mapping[type[Struct], Mapping[str, str]] = {
    GalleryPage: {
        "items": "Newest first; where filters apply it may be short, or even empty",
        "next_cursor": "What to send as `cursor` for the next page; null at the end",
        "complete": "True on the last page alone, if every provider was read to its end",
        "links_expire_at": "Until when the page's media links work",
        "sources": "One for each provider that takes part, in the configuration's order",
    },
    SourceReport: {
        "provider": _PROVIDER,
        "state": "How it fared in this answer",
        "exhausted": "Whether it was read to its end",
        "late": "Whether the page holds items of it that belong on an earlier page",
        "read_through": "The `created_at` down to which it has been read",
        "total": "How many items it says it has, if it says so and nothing is filtered",
        "skipped": "How many of its entries could not be understood",
        "retry_at": "When it is tried again, if known",
        "error": "Why it failed, if it did",
    },
    SourceError: {
        "code": "The code of the problem",
        "title": "The problem in words",
    },
}
_ITEM: Mapping[type[Struct], Mapping[str, str]] = {
    GalleryItem: {
        "id": "`provider:native`, opaque and stable",
        "provider": _PROVIDER,
        "kind": "What it is about; of a model there may be only its preview to show",
        "status": "How far it has come",
        "title": "Its title, if it has one",
        "prompt": "The text that it was made from, if known",
        "created_at": "When it was made; null where the upstream tells no sane time",
        "updated_at": "When it changed last, if known",
        "author": "Who made it, if known",
        "collection": "What it belongs to, if anything",
        "job_id": "The upstream's id of the task that made it, if known",
        "visibility": "Who may see it upstream, if known",
        "licensed": "Whether it is licensed, if known",
        "likes": "How many like it, if known",
        "liked": "Whether the account likes it, if known",
        "progress": "How many of its outputs are done, if known",
        "error": "Why it failed, if it did",
        "actions": "What this caller may do with it",
        "cover": "The asset to draw on a card, if there is one",
        "asset_count": "How many assets it has",
        "assets": "The first `assets_limit`: outputs, then previews, then inputs",
        "native": _NATIVE,
    },
    Author: {
        "id": "The upstream's id of them, if known",
        "name": "Their name, if known",
        "avatar_url": "A media link to their picture, if there is one",
    },
    Collection: {
        "id": "The upstream's id of it",
        "name": "Its name, if known",
    },
    Progress: {
        "done": "How many outputs are done",
        "failed": "How many outputs have failed",
        "total": "How many outputs there will be",
        "position": "How many tasks are ahead in the queue",
    },
    Asset: {
        "id": "Unique within its item",
        "role": "What it is to its item",
        "output_id": "The output that an input belongs to",
        "kind": "What the file is; by its bytes once these are known",
        "status": "How far it has come",
        "url": "A media link to the file as it is",
        "preview_url": "A media link to a picture of at most 1440 pixels a side",
        "thumbnail_url": "A media link to a picture of at most 480 pixels a side",
        "width": "In pixels; null until somebody has looked at the file",
        "height": "In pixels; null until somebody has looked at the file",
        "placeholder": "A ThumbHash in base64; null until somebody has looked at it",
        "size_bytes": "The file's length, if known",
        "duration_seconds": "How long it plays, if it does and it is known",
        "filename": "The file's name, if known",
        "media_type": "The file's type; by its bytes once these are known",
        "quality_score": "The upstream's score of it, if there is one",
        "feedback": "What was said of it upstream, if anything",
        "error": "Why it failed, if it did",
        "created_at": "When it was made, if known",
        "native": _NATIVE,
    },
}
_OTHERS: Mapping[type[Struct], Mapping[str, str]] = {
    ProviderList: {"providers": "In the configuration's order"},
    Provider: {
        "name": "As in an item's `provider`",
        "plugin": "The plugin that reads it",
        "title": "Its name for people",
        "capabilities": "What it can do",
        "filters": "Its own query parameters, without the `PROVIDER.` before them",
        "operations": "What it can do besides its list, in its document's order",
        "health": "How it has fared lately",
        "last_error": "What went wrong last, if anything did",
    },
    Capabilities: {
        "kinds": "What its items may be",
        "look_up": "Whether it finds an item by its id, without reading its list",
        "delete": "Whether some of its items can be deleted",
    },
    OfferedOperation: {
        "name": "The upstream's own name of it",
        "title": "What it does, in a few words",
        "description": "What it does, and what is worth knowing of it",
        "makes": "What it gives: JSON, a file, or a job that is to be followed",
        "method": "How it is asked for",
        "scope": "What the caller's key has to allow",
        "href": "Where it is asked for",
        "input_schema": "The JSON Schema of its body, with an example; else null",
        "input_media_types": "What its body may be",
        "output_schema": "The JSON Schema of its answer; null for files and jobs",
    },
    JobList: {"jobs": "The newest first, a hundred at most"},
    Job: {
        "id": "What it is followed by; it holds all that is needed for that",
        "provider": _PROVIDER,
        "operation": "The operation that made it",
        "status": "How far it has come; of what the upstream has forgotten, unknown",
        "position": "How many tasks are ahead in the queue, if known",
        "created_at": "When it was sent",
        "finished_at": "When it was seen to be over",
        "item_ids": "The gallery's items that it made",
        "error": "Why it failed, if it did",
    },
    LastError: {
        "code": "The code of the problem",
        "time": "When it was, if known",
        "reason": "What went wrong, in words",
    },
    MintedToken: {
        "token": "What goes where a key goes; `ggt_` and at most 2,048 characters in all",
        "expires_at": "Until when it is good",
        "scopes": "What it may do",
        "providers": "What it sees, in the configuration's order",
    },
    TokenRequest: {
        "scopes": "What it may do, of what the key may; null: all of that",
        "ttl_seconds": "For how long it is good",
        "subject": "Whom it is for, in your own words: limits count for each by itself",
        "credentials": "Accounts of the end user's own, by provider; null: the key's",
    },
    Liveness: {"status": "That the process answers"},
    RedisSummary: {
        "kind": "Of which kind it is",
        "nodes": "Of how many servers it is, as far as they tell of each other",
        "version": "Of which versions they are, if they tell",
        "eviction_policy": "What they do when they are full, if they tell",
    },
    Readiness: {
        "status": "That it is ready for callers",
        "store": "How the shared cache is",
        "redis": "What Redis last told of itself; null where there is none, or it is new",
        "providers": "How each provider has fared lately, by its name",
    },
    Problem: {
        "type": "The address of `GET /problems/{code}`",
        "code": "What went wrong, for programs",
        "title": "What went wrong, for people",
        "status": "The HTTP status of this answer",
        "detail": "What it was this time, if there is more to say",
        "instance": "The path that was asked for",
        "request_id": "As in `X-Request-Id`",
        "errors": "What is wrong with the request, one by one; else null",
        "sources": "How each source fared, where none could answer; else null",
        "upstream": "What the upstream said, where it refused; else null",
    },
    UpstreamRefusal: {
        "status": "The HTTP status of its answer",
        "detail": "Its own words, without addresses, if it had some",
    },
    RequestFault: {
        "parameter": "The name of the parameter, if it is one",
        "pointer": "Where in the body, as a JSON pointer (RFC 6901), if it is there",
        "message": "What is wrong with it",
    },
}

FIELDS: Mapping[str, Mapping[str, str]] = {
    struct.__name__: words for struct, words in {**_PAGE, **_ITEM, **_OTHERS}.items()
}
