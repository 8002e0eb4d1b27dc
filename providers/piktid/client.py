"""PiktID's call: `GET /gallery/by-job`."""

from collections.abc import Iterator

import msgspec

from gateway.plugin import Http, HttpCall, decode_list
from providers.piktid.wire import Jobs, JobsRequest


class Client:
    def __init__(self, http: Http) -> None:
        self._http = http

    async def list_jobs(self, token: str, request: JobsRequest, page: int) -> Jobs:
        """Fetch one page of jobs, none past the end."""
        call = HttpCall(
            method="GET",
            path="/gallery/by-job",
            params=(("page", str(page)), *_to_params(request)),
            token=token,
        )
        answer = await self._http.send(call)
        return decode_list(answer.body, Jobs)


def _to_params(request: JobsRequest) -> Iterator[tuple[str, str]]:
    """Spell the request as a query; a field with many values is repeated."""
    for name, value in msgspec.to_builtins(request).items():
        for single in value if isinstance(value, list | tuple) else (value,):
            yield name, str(single)
