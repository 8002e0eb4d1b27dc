"""Opens the file that a link stands for: where it was seen last, else looked up anew."""

from collections.abc import Mapping

from gateway.accounts.calls import Calls
from gateway.media.content.ranges import Range
from gateway.media.files import MediaAnswer, MediaCall, MediaHttp
from gateway.media.finder import Finder, Found
from gateway.media.link import Link
from gateway.plugin.errors import NotFoundError, RejectedError

_GONE = frozenset({403, 404, 410})
_NOT_SATISFIABLE = 416


class Opening:
    """Opens files of providers; whoever has one opened closes it."""

    def __init__(
        self, finder: Finder, fetches: Mapping[str, MediaHttp], calls: Calls
    ) -> None:
        self._finder = finder
        self._fetches = fetches
        self._calls = calls

    async def fetch(self, link: Link, wanted: Range | None) -> MediaAnswer:
        """Open the full file.

        Raises:
            NotFoundError: it is gone.
            RangeNotSatisfiableError: the range begins behind the end.
            UpstreamError: it could not be fetched.
        """
        found = await self._finder.find(link)
        try:
            return await self._ask(found, found.full, wanted)
        except RejectedError as error:
            if error.status not in _GONE:
                raise
        anew = await self._finder.find(link, is_anew=True)
        if anew.full == found.full:
            raise NotFoundError("the file is gone")
        try:
            return await self._ask(anew, anew.full, wanted)
        except RejectedError as error:
            if error.status in _GONE:
                raise NotFoundError("the file is gone") from error
            raise

    async def fetch_range(self, link: Link, wanted: Range | None) -> MediaAnswer:
        """Open a file from where it is wanted; the whole where the upstream cannot."""
        try:
            return await self.fetch(link, wanted)
        except RejectedError as error:
            if wanted is None or error.status != _NOT_SATISFIABLE:
                raise
        return await self.fetch(link, None)

    async def fetch_thumbnail(self, link: Link) -> MediaAnswer | None:
        """Open the upstream's own thumbnail, where it has one that is of use.

        Raises:
            NotFoundError, UpstreamError: as for `fetch`.
        """
        found = await self._finder.find(link)
        if found.thumbnail and (link.rendition == "thumbnail" or not found.full):
            return await self._ask(found, found.thumbnail, None)
        return None

    async def _ask(
        self, found: Found, address: str | None, wanted: Range | None
    ) -> MediaAnswer:
        if address is None:
            raise NotFoundError("no such file")
        fetch = self._fetches[found.account.provider]
        spelt = None if wanted is None else str(wanted)
        if not address.startswith("/"):
            return await fetch.open(MediaCall(address=address, range=spelt))
        return await self._calls.fetch(
            found.account,
            lambda token: fetch.open(
                MediaCall(address=address, token=token, range=spelt)
            ),
        )
