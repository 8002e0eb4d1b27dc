"""Providers' operations over HTTP: answers, files, and jobs that were sent."""

from collections.abc import Mapping
from typing import assert_never

import msgspec
from litestar import MediaType, Response, route
from litestar.datastructures import UploadFile
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import ASGIApp, Method
from msgspec import Struct

from gateway.accounts.credentials import Account
from gateway.api.answers.conditions import to_etag_aside
from gateway.api.answers.files import to_file
from gateway.api.answers.rendered import Rendered
from gateway.api.caller import Caller
from gateway.api.context import HttpRequest, context_of, headers_of
from gateway.api.edge.auth import Keyring
from gateway.api.parameters.reading import read_query
from gateway.api.routes.gallery import respond
from gateway.jobs.bodies import Bodies, to_fingerprint
from gateway.jobs.files import Files
from gateway.jobs.jobs import Jobs
from gateway.jobs.operations import Once, Operations
from gateway.jobs.outcomes import Answered, Outcome, Refused, Submitted, Unknown
from gateway.jobs.references import to_reference
from gateway.jobs.states import POLL_SECONDS
from gateway.plugin.errors import (
    Fault,
    ForbiddenError,
    InvalidBodyError,
    InvalidParameterError,
    MethodNotAllowedError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
)
from gateway.plugin.operations import FileOperation, JsonInput, Operation

PATH = "/v1/providers/{name:str}/operations/{operation:str}"
_METHODS: list[Method] = ["DELETE", "GET", "PATCH", "POST", "PUT"]
"""All that anybody may try: only an operation knows which one is its own."""
_OK, _ACCEPTED, _NOT_FOUND = 200, 202, 404
_FIELD = "file"
_MOST_KEY = 255
_NO_STORE = {"cache-control": "no-store"}
_REPLAYED = (b"idempotency-replayed", b"true")
_LIFETIME = "private, no-cache"


class Services(Struct, frozen=True, kw_only=True):
    """What operations need."""

    operations: Operations
    jobs: Jobs
    bodies: Bodies
    files: Files


class _Asked(Struct, frozen=True, kw_only=True):
    """An operation, and who asks for it."""

    caller: Caller
    account: Account
    operation: Operation


def to_handlers(
    services: Services, keyring: Keyring, public_url: str
) -> list[HTTPRouteHandler]:
    endpoint = _Endpoint(services, keyring, public_url)

    @route(PATH, http_method=_METHODS, status_code=_OK)
    async def operate(
        request: HttpRequest, name: FromPath[str], operation: FromPath[str]
    ) -> ASGIApp:
        asked = endpoint.find(request, name, operation)
        if request.method == "POST":
            made: Response[bytes] | ASGIApp = await endpoint.change(request, asked)
        else:
            made = await endpoint.read(request, asked)
        # the framework sends one or the other, by what is annotated
        if isinstance(made, Response):
            return made.to_asgi_response(None, request)
        return made

    @route(PATH, http_method="OPTIONS", status_code=204)
    async def tell_methods(
        name: FromPath[str], operation: FromPath[str]
    ) -> Response[None]:
        offered = services.operations.all.get(name, ())
        methods = [one.method for one in offered if one.name == operation]
        if not methods:
            raise NotFoundError("no such operation")
        return Response(None, headers={"allow": ", ".join([*methods, "OPTIONS"])})

    return [tell_methods, operate]


class _Endpoint:
    def __init__(self, services: Services, keyring: Keyring, public_url: str) -> None:
        self._services = services
        self._keyring = keyring
        self._public_url = public_url

    def find(self, request: HttpRequest, name: str, operation: str) -> _Asked:
        """Find what is asked for.

        Raises:
            CallerError: it is not there, or not for this caller.
        """
        caller = self._keyring.identify(headers_of(request))
        found = self._services.operations.find(caller.tenant, name, operation)
        if request.method != found.method:
            raise MethodNotAllowedError(found.method, "OPTIONS")
        if found.scope not in caller.scopes:
            raise ForbiddenError(f"the key lacks the scope {found.scope}")
        read_query(request.scope["query_string"])
        return _Asked(
            caller=caller, account=caller.tenant.accounts[name], operation=found
        )

    async def read(
        self, request: HttpRequest, asked: _Asked
    ) -> Response[bytes] | ASGIApp:
        services = self._services
        made = await services.operations.read(asked.account, asked.operation, None)
        if isinstance(asked.operation, FileOperation):
            found = await services.files.show(made, asked.account)
            return to_file(found, made.filename, headers_of(request), _LIFETIME)
        body = msgspec.json.encode(made)
        return await respond(
            request, Rendered(body=body, etag=await to_etag_aside(body)), {}
        )

    async def change(self, request: HttpRequest, asked: _Asked) -> Response[bytes]:
        key = _to_idempotency_key(headers_of(request))
        content = await _read_content(request, asked.operation)
        services, account = self._services, asked.account
        sent = await services.bodies.read(asked.operation, content, account.key)
        once = None
        if key is not None:
            fingerprint = await to_fingerprint(
                account.provider, asked.operation.name, content
            )
            subject = asked.caller.subject or ""
            once = Once(key=key, fingerprint=fingerprint, subject=subject)
        outcome, is_replayed = await services.operations.change(
            asked.caller.tenant, account, asked.operation, sent, once
        )
        if is_replayed:
            context = context_of(request.scope)
            context.answer_headers = [*context.answer_headers, _REPLAYED]
        return self._respond(asked, outcome)

    def _respond(self, asked: _Asked, outcome: Outcome) -> Response[bytes]:
        match outcome:
            case Answered(body=body):
                return Response(body, media_type=MediaType.JSON, headers=_NO_STORE)
            case Submitted():
                return self._accept(asked, outcome)
            case Refused(status=status, detail=detail):
                if status == _NOT_FOUND and asked.operation.is_reading:
                    raise NotFoundError(detail or "the upstream has none")
                raise RefusedError(status, detail)
            case Unknown(reason=reason):
                raise OutcomeUnknownError(reason)
            case _:
                assert_never(outcome)

    def _accept(self, asked: _Asked, submitted: Submitted) -> Response[bytes]:
        reference = to_reference(asked.account, asked.operation, submitted)
        job = self._services.jobs.show_new(asked.caller.tenant, reference)
        return Response(
            msgspec.json.encode(job),
            status_code=_ACCEPTED,
            media_type=MediaType.JSON,
            headers={
                **_NO_STORE,
                "location": f"{self._public_url}/v1/jobs/{job.id}",
                "retry-after": str(round(POLL_SECONDS)),
            },
        )


async def _read_content(request: HttpRequest, operation: Operation) -> bytes:
    """Return the body, or of a form the file in it.

    Raises:
        InvalidBodyError: a form without a file.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0]
    is_form = media_type.strip().lower() == "multipart/form-data"
    if not is_form or operation.input is None or isinstance(operation.input, JsonInput):
        return await request.body()
    try:
        upload = (await request.form()).get(_FIELD)
    except (UnicodeError, LookupError):  # what has no file name is taken as text
        upload = None
    if not isinstance(upload, UploadFile):
        message = "expected a file with its name in the form's field of this name"
        raise InvalidBodyError([Fault(where=f"/{_FIELD}", message=message)])
    return await upload.read()


def _to_idempotency_key(headers: Mapping[str, str]) -> str | None:
    """Return the key, as it came.

    Raises:
        InvalidParameterError: it is empty, too long, or no plain text.
    """
    key = headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= _MOST_KEY or not (key.isascii() and key.isprintable()):
        message = f"expected 1 to {_MOST_KEY} visible ASCII characters"
        raise InvalidParameterError([Fault(where="Idempotency-Key", message=message)])
    return key
