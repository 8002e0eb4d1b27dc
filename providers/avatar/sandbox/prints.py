"""The bytes of a gallery's files: drawn as ordered, or made up for what was stocked."""

from typing import Final

from gateway.sandbox.media import MediaShelf
from gateway.sandbox.painting.pictures import PEOPLE
from gateway.sandbox.video.film import make_film
from providers.avatar.sandbox.figures.drawing import draw_figure, to_jpeg
from providers.avatar.sandbox.gallery import File

_FILM_WIDTH: Final = 384


class Prints:
    """One look is drawn once for all its files, as long as the shelf keeps it."""

    def __init__(self, shelf: MediaShelf) -> None:
        self._shelf = shelf

    async def picture(self, file: File) -> bytes:
        ordered = file.picture
        if ordered is None:
            return await self._shelf.picture(file.url, PEOPLE)
        return await self._shelf.drawn(
            f"{ordered.look.key}:{ordered.quality}",
            lambda: to_jpeg(draw_figure(ordered.look), ordered.quality),
        )

    async def thumbnail(self, file: File) -> bytes:
        ordered = file.picture
        if ordered is None:
            return await self._shelf.thumbnail(file.url, PEOPLE)
        width, quality = ordered.thumbnail_width, ordered.quality
        return await self._shelf.drawn(
            f"{ordered.look.key}:{quality}:{width}",
            lambda: to_jpeg(draw_figure(ordered.look, width), quality),
        )

    async def film(self, file: File) -> bytes:
        ordered = file.picture
        if ordered is None:
            return await self._shelf.clip(file.url)
        seconds = ordered.seconds
        return await self._shelf.drawn(
            f"{ordered.look.key}:film:{seconds}",
            lambda: make_film(draw_figure(ordered.look, _FILM_WIDTH), seconds),
        )
