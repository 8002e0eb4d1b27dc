"""The sandboxes' media: pictures painted on demand and kept a while, and clips."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from importlib.resources import files
from typing import Final

from gateway.sandbox.painting.pictures import (
    Format,
    Motif,
    draw_animation,
    draw_picture,
    draw_thumbnail,
)

_KEPT: Final = 256


class MediaShelf:
    """Bytes by key; the least used leave first, after about 25 MB."""

    def __init__(self, seed: int, *, kept: int = _KEPT) -> None:
        self._seed = seed
        self._limit = kept
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    async def picture(self, key: str, motif: Motif, kind: Format = "JPEG") -> bytes:
        name = f"{self._seed}:{key}"
        return await self._get((kind, name), lambda: draw_picture(name, motif, kind))

    async def thumbnail(self, key: str, motif: Motif) -> bytes:
        name = f"{self._seed}:{key}"
        return await self._get(("thumbnail", name), lambda: draw_thumbnail(name, motif))

    async def animation(self, key: str, motif: Motif) -> bytes:
        name = f"{self._seed}:{key}"
        return await self._get(("animation", name), lambda: draw_animation(name, motif))

    async def drawn(self, key: str, draw: Callable[[], bytes]) -> bytes:
        """What `draw` gives, which has to be the same whenever the key is."""
        return await self._get(("drawn", key), draw)

    async def clip(self, key: str) -> bytes:
        """One of the shipped videos, always the same for one key."""
        name = choose_clip(f"{self._seed}:{key}")
        return await self._get(("clip", name), lambda: read_clip(name))

    async def _get(self, key: tuple[str, str], make: Callable[[], bytes]) -> bytes:
        content = self._kept.get(key)
        if content is None:
            content = await asyncio.to_thread(make)
            self._kept[key] = content
            if len(self._kept) > self._limit:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return content


def clip_names() -> list[str]:
    folder = files("gateway.sandbox") / "clips"
    return sorted(file.name for file in folder.iterdir() if file.name.endswith(".mp4"))


def choose_clip(key: str) -> str:
    names = clip_names()
    return names[int.from_bytes(sha256(key.encode()).digest()[:4]) % len(names)]


def read_clip(name: str) -> bytes:
    return (files("gateway.sandbox") / "clips" / name).read_bytes()
