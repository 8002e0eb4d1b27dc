"""An upstream's "no": a status, a body and headers, raised from anywhere."""

from collections.abc import Callable, Mapping

import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException


class Refusal(Exception):  # noqa: N818  an answer that is meant, not a fault
    """A body of None is an empty one."""

    def __init__(
        self, status: int, body: object, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


Reword = Callable[[HTTPException, str, str], Refusal]
AnyRequest = Request[object, object, State]


def answer_refusal(_: AnyRequest, refusal: Refusal) -> Response[bytes]:
    if refusal.body is None:
        return Response(b"", status_code=refusal.status, headers=refusal.headers)
    return Response(
        msgspec.json.encode(refusal.body),
        status_code=refusal.status,
        headers=refusal.headers,
        media_type="application/json",
    )


def reworded(
    reword: Reword,
) -> Callable[[AnyRequest, HTTPException], Response[bytes]]:
    """Put the framework's own errors (404, 405, …) into the upstream's words."""

    def answer(request: AnyRequest, error: HTTPException) -> Response[bytes]:
        refusal = reword(error, request.method, request.url.path)
        refusal.headers.update(error.headers or {})
        return answer_refusal(request, refusal)

    return answer
