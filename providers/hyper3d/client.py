"""Hyper3D's calls: `POST /user/login` and `POST /task/cards`."""

from collections.abc import Sequence

import msgspec

from gateway.plugin import (
    Http,
    HttpCall,
    MisbehavedError,
    RejectedError,
    UnauthorizedError,
    UpstreamError,
    decode,
)
from providers.hyper3d.wire import CardsRequest, Failure, LoginAnswer, LoginRequest

NOBODY = ""
"""The token of whoever calls without a login."""
_SUCCESS = frozenset({None, "", "OK"})
_CREDENTIAL_WORDS = ("token", "auth", "login")
_BAD_REQUEST = 400
_GLANCE_BYTES = 64


class Client:
    def __init__(self, http: Http) -> None:
        self._http = http

    async def log_in(self, email: str, password: str) -> str:
        """Fetch a token.

        Raises:
            UnauthorizedError: refused, by status or by an `error` in a 2xx.
        """
        call = HttpCall(
            method="POST",
            path="/user/login",
            json=LoginRequest(email=email, password=password),
        )
        try:
            answer = await self._http.send(call)
        except RejectedError as error:
            if error.status < _BAD_REQUEST:
                raise
            raise UnauthorizedError("the login is refused") from error
        login = decode(answer.body, LoginAnswer)
        if login.error not in _SUCCESS or not login.token:
            raise UnauthorizedError("the login is refused")
        return login.token

    async def list_cards(
        self, token: str, request: CardsRequest, page_num: int
    ) -> Sequence[msgspec.Raw]:
        """Fetch one page of cards, none past the end."""
        body = msgspec.structs.replace(request, page_num=page_num)
        call = HttpCall(
            method="POST",
            path="/task/cards",
            token=None if token == NOBODY else token,
            json=body,
            is_repeatable=True,
        )
        answer = await self._http.send(call)
        if answer.body[:_GLANCE_BYTES].lstrip().startswith(b"{"):
            raise _to_error(decode(answer.body, Failure))
        return decode(answer.body, list[msgspec.Raw])


def _to_error(failure: Failure) -> UpstreamError:
    reason = f"{failure.error or ''} {failure.message or ''}".lower()
    if any(word in reason for word in _CREDENTIAL_WORDS):
        return UnauthorizedError("the token is refused")
    return MisbehavedError("an error came in place of the list")
