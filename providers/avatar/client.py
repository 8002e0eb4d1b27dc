"""The avatar service's calls: to log in, to list, to delete."""

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from gateway.plugin.decoding import decode, decode_list
from gateway.plugin.errors import (
    MisbehavedError,
    RejectedError,
    UnauthorizedError,
    UnavailableError,
)
from gateway.plugin.provider import Http, HttpCall
from providers.avatar.mapping import is_file_name
from providers.avatar.wire import Gallery, LoginAnswer, LoginRequest, Removal

_BAD_REQUEST, _UNAUTHORIZED, _NOT_FOUND, _SERVER_ERROR = 400, 401, 404, 500


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


def _raise_if_failed(status: int | None) -> None:
    """Take a status that an answer of 200 tells of for what it is."""
    if status is None or status < _BAD_REQUEST:
        return
    message = f"it answered {status}, in a 200"
    if status == _UNAUTHORIZED:
        raise UnauthorizedError(message, status=status)
    if status >= _SERVER_ERROR:
        raise UnavailableError(message, status=status)
    raise RejectedError(message, status=status)
