"""How much of a processor a crawl takes: the client's, and the bare libraries'.

A process of its own, which prints the least seconds of each, in turns:
`ADDRESS KEY sync|async ROUNDS`.
"""

import sys
import time
from collections.abc import Callable

LIMIT = 50


def crawl_by_client(address: str, key: str) -> Callable[[], int]:
    from gateway.client import Gallery  # noqa: PLC0415  # only what is measured

    gallery = Gallery(address, key)
    return lambda: sum(1 for _ in gallery.items(page_limit=LIMIT))


def crawl_barely(address: str, key: str) -> Callable[[], int]:
    import httpx  # noqa: PLC0415
    import msgspec  # noqa: PLC0415

    from gateway.plugin.model import GalleryPage  # noqa: PLC0415

    client = httpx.Client(base_url=address, headers={"authorization": f"Bearer {key}"})

    def crawl() -> int:
        count, params = 0, {"limit": str(LIMIT)}
        while True:
            answer = client.get("/v1/gallery", params=params)
            answer.raise_for_status()
            page = msgspec.json.decode(answer.content, type=GalleryPage)
            for _ in page.items:
                count += 1
            if page.next_cursor is None:
                return count
            params["cursor"] = page.next_cursor

    return crawl


def crawl_by_async_client(address: str, key: str) -> Callable[[], int]:
    import asyncio  # noqa: PLC0415

    from gateway.client import AsyncGallery  # noqa: PLC0415

    runner = asyncio.Runner()
    gallery = AsyncGallery(address, key)

    async def crawl() -> int:
        count = 0
        async for _ in gallery.items(page_limit=LIMIT):
            count += 1
        return count

    return lambda: runner.run(crawl())


def crawl_barely_async(address: str, key: str) -> Callable[[], int]:
    import asyncio  # noqa: PLC0415

    import httpx  # noqa: PLC0415
    import msgspec  # noqa: PLC0415

    from gateway.plugin.model import GalleryPage  # noqa: PLC0415

    runner = asyncio.Runner()
    headers = {"authorization": f"Bearer {key}"}
    client = httpx.AsyncClient(base_url=address, headers=headers)

    async def crawl() -> int:
        count, params = 0, {"limit": str(LIMIT)}
        while True:
            answer = await client.get("/v1/gallery", params=params)
            answer.raise_for_status()
            page = msgspec.json.decode(answer.content, type=GalleryPage)
            for _ in page.items:
                count += 1
            if page.next_cursor is None:
                return count
            params["cursor"] = page.next_cursor

    return lambda: runner.run(crawl())


KINDS = {
    "sync": (crawl_by_client, crawl_barely),
    "async": (crawl_by_async_client, crawl_barely_async),
}


def main(address: str, key: str, kind: str, rounds: str) -> None:
    ours, bare = (make(address, key) for make in KINDS[kind])
    count = bare()
    assert ours() == count
    pairs = [(measure(ours), measure(bare)) for _ in range(int(rounds))]
    print(count, *map(min, zip(*pairs, strict=True)))  # noqa: T201  # the answer


def measure(crawl: Callable[[], int]) -> float:
    begun = time.process_time()
    crawl()
    return time.process_time() - begun


if __name__ == "__main__":
    main(*sys.argv[1:])
