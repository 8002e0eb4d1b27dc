"""The avatar service's calls: to log in, to list, to delete a picture."""

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from gateway.core.decoding import decode
from gateway.core.errors import RejectedError, UnauthorizedError
from gateway.core.ports import Http, HttpCall
from providers.avatar.wire import Gallery, LoginAnswer, LoginRequest

_BAD_REQUEST, _NOT_FOUND = 400, 404


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
        return decode(answer.body, Gallery).gallery_urls

    async def remove_image(self, token: str, url: str) -> None:
        """Delete a picture; one that is not there (404) is no error."""
        path = f"/remove_gallery_image/{quote(url, safe='')}"
        call = HttpCall(method="DELETE", path=path, token=token)
        try:
            await self._http.send(call)
        except RejectedError as error:
            if error.status != _NOT_FOUND:
                raise
