"""The avatar service's calls: its login, its list, and what its operations send."""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import quote

import msgspec

from gateway.plugin import (
    Http,
    HttpCall,
    MisbehavedError,
    RefusedError,
    RejectedError,
    UnauthorizedError,
    UnavailableError,
    Upload,
    decode,
    decode_list,
)
from providers.avatar.bodies import Garment, Message, Submission, TaskState
from providers.avatar.mapping import is_file_name, to_failure, to_words
from providers.avatar.wire import Gallery, LoginAnswer, LoginRequest, Removal

Wire = TypeVar("Wire")

_BAD_REQUEST, _UNAUTHORIZED, _NOT_FOUND, _SERVER_ERROR = 400, 401, 404, 500
_PASSING = frozenset({408, 429})


class Client:
    def __init__(self, http: Http) -> None:
        self._http = http

    async def log_in(self, email: str) -> str:
        """Fetch a token, which voids the user's token before it.

        Raises:
            UnauthorizedError: refused; an unknown user is a 404.
        """
        call = HttpCall(method="POST", path="/login", json=LoginRequest(email=email))
        try:
            answer = await self._http.send(call)
        except RejectedError as error:
            if error.status < _BAD_REQUEST:
                raise
            raise UnauthorizedError("the login is refused") from error
        login = decode(answer.body, LoginAnswer)
        if not login.token:
            _raise_if_passing(login.status_code)
            raise UnauthorizedError("the login is refused")
        return login.token

    async def list_gallery(self, token: str) -> Sequence[msgspec.Raw]:
        """Fetch the whole gallery, in no useful order."""
        call = HttpCall(method="GET", path="/get_gallery", token=token)
        answer = await self._http.send(call)
        gallery = decode_list(answer.body, Gallery)
        if gallery.gallery_urls is None:
            _raise_if_failed(gallery.status_code)
            raise MisbehavedError("the answer has no list")
        return gallery.gallery_urls

    async def remove(self, token: str, native_id: str) -> None:
        """Delete a picture, or any file by its name; one that is gone is no error."""
        what = "file" if is_file_name(native_id) else "image"
        path = f"/remove_gallery_{what}/{quote(native_id, safe='')}"
        call = HttpCall(method="DELETE", path=path, token=token)
        try:
            answer = await self._http.send(call)
            _raise_if_failed(decode_list(answer.body, Removal).status_code)
        except RejectedError as error:
            if error.status != _NOT_FOUND:
                raise

    async def get(self, token: str, name: str, wire: type[Wire]) -> Wire:
        """Read one of the account's resources.

        Raises:
            RefusedError: with the service's words; 404: there is none.
        """
        body = await self._send(HttpCall(method="GET", path=f"/{name}", token=token))
        return decode(body, wire)

    async def get_file(self, token: str, name: str) -> bytes:
        """Read a file, as `get` does."""
        return await self._send(HttpCall(method="GET", path=f"/{name}", token=token))

    async def post(self, token: str, name: str, body: msgspec.Raw) -> Message:
        """Send JSON that changes something; an empty token is none.

        Raises:
            RefusedError: with the service's words.
        """
        call = HttpCall(method="POST", path=f"/{name}", token=token or None, json=body)
        return decode(await self._send(call), Message)

    async def upload(self, token: str | None, name: str, upload: Upload) -> Message:
        """Send a file, as `post` does."""
        call = HttpCall(method="POST", path=f"/{name}", token=token, upload=upload)
        return decode(await self._send(call), Message)

    async def find_garment(self, body: msgspec.Raw) -> Garment:
        """Find a garment, which changes nothing.

        Raises:
            RefusedError: 404: there is none.
        """
        call = HttpCall(
            method="POST", path="/get_clothes", json=body, is_repeatable=True
        )
        return decode(await self._send(call), Garment)

    async def submit(self, token: str, name: str, body: msgspec.Raw) -> str:
        """Submit a task; return its id.

        Raises:
            RefusedError: with the service's words.
            MisbehavedError: the answer names no task.
        """
        call = HttpCall(method="POST", path=f"/{name}", token=token, json=body)
        task_id = decode(await self._send(call), Submission).task_id
        if not task_id:
            raise MisbehavedError("the answer names no task")
        return task_id

    async def find_task(self, token: str, task_id: str) -> TaskState | None:
        """Ask how far a task has come; None: the service has forgotten it."""
        path = f"/generate/{quote(task_id, safe='')}"
        try:
            body = await self._send(HttpCall(method="GET", path=path, token=token))
        except RefusedError as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        return decode(body, TaskState)

    async def _send(self, call: HttpCall) -> bytes:
        """Send an operation's call; a refusal tells the service's words."""
        try:
            answer = await self._http.send(call)
            failure = to_failure(answer.body)
            if failure is not None:
                _raise_if_failed(failure.status_code, to_words(answer.body))
        except RefusedError:
            raise
        except RejectedError as error:
            if error.status < _BAD_REQUEST:
                raise
            raise RefusedError(error.status, to_words(error.body)) from error
        return answer.body


def _raise_if_failed(status: int | None, words: str | None = None) -> None:
    """Take a status that an answer of 200 tells of for what it is."""
    if status is None or status < _BAD_REQUEST:
        return
    _raise_if_passing(status)
    message = f"it answered {status}, in a 200"
    if status == _UNAUTHORIZED:
        raise UnauthorizedError(message, status=status)
    if words is not None:
        raise RefusedError(status, words)
    raise RejectedError(message, status=status)


def _raise_if_passing(status: int | None) -> None:
    """Take a status that says nothing of what was asked for as a service that is away."""
    if status is not None and (status in _PASSING or status >= _SERVER_ERROR):
        raise UnavailableError(f"it answered {status}, in a 200", status=status)
