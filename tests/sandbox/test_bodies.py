"""A body that comes after its head, to whom nobody reads it: the connection goes on."""

import asyncio

import pytest

from tests.sandbox.serving import CREATE, serve

_LENGTH = 100_000
_UNREAD = {
    "a control": ("POST /_sandbox/reset", 200),
    "no path": ("POST /nowhere", 404),
    "a fault": ("GET /broken", 503),
}


@pytest.mark.parametrize("name", sorted(CREATE))
@pytest.mark.parametrize(("line", "status"), _UNREAD.values(), ids=_UNREAD)
async def test_a_body_that_nobody_reads_ends_no_connection(
    name: str, line: str, status: int
) -> None:
    async with serve(CREATE[name](items=1)) as client:
        fault = {"path": "/broken", "status": 503}
        assert (await client.post("/_sandbox/fail", json=fault)).status_code == 200
        host, port = client.base_url.host, client.base_url.port
        reader, writer = await asyncio.open_connection(host, port)
        for _ in range(5):
            head = f"{line} HTTP/1.1\r\nHost: it\r\nContent-Length: {_LENGTH}\r\n\r\n"
            writer.write(head.encode())
            await asyncio.sleep(0.02)  # what answers at once has done so
            writer.write(b" " * _LENGTH)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = answer.partition(b"content-length: ")[2].partition(b"\r")[0]
            await reader.readexactly(int(length))

            assert answer.split()[1] == str(status).encode()
        writer.close()
        await writer.wait_closed()
