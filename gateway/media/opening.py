"""Opens the file that a link stands for: where it was seen last, else looked up anew."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from gateway.accounts.calls import Calls
from gateway.media.content.ranges import Range
from gateway.media.files import MediaAnswer, MediaCall, MediaHttp
from gateway.media.finder import Finder, Found
from gateway.media.link import Link
from gateway.plugin.errors import NotFoundError, RejectedError, UnauthorizedError

ToAddress: TypeAlias = Callable[[Found], str | None]

_GONE = frozenset({403, 404, 410})
_PERISHED = _GONE | {400}
"""What an address says that is no longer good, besides 401."""
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
        return await self._ask_until_gone(link, found, _to_full, wanted)

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
        if found.thumbnail and not found.full:
            return await self._ask_until_gone(link, found, _to_thumbnail, None)
        if found.thumbnail and link.rendition == "thumbnail":
            return await self._ask(found, found.thumbnail, None)
        return None

    async def _ask_until_gone(
        self, link: Link, found: Found, to_address: ToAddress, wanted: Range | None
    ) -> MediaAnswer:
        """Ask where it was seen last and, if it is no longer there, where it is by now."""
        address = to_address(found)
        try:
            return await self._ask(found, address, wanted)
        except (RejectedError, UnauthorizedError) as error:
            if not _is_gone(address, error):
                raise
        anew = await self._finder.find(link, is_anew=True)
        address = to_address(anew)
        if address == to_address(found):
            raise NotFoundError("the file is gone")
        try:
            return await self._ask(anew, address, wanted)
        except (RejectedError, UnauthorizedError) as error:
            if _is_gone(address, error):
                raise NotFoundError("the file is gone") from error
            raise

    async def _ask(
        self, found: Found, address: str | None, wanted: Range | None
    ) -> MediaAnswer:
        if address is None:
            raise NotFoundError("no such file")
        fetch = self._fetches[found.account.provider]
        spelt = None if wanted is None else str(wanted)
        if not _is_path(address):
            return await fetch.open(MediaCall(address=address, range=spelt))
        return await self._calls.fetch(
            found.account,
            lambda token: fetch.open(
                MediaCall(address=address, token=token, range=spelt)
            ),
        )


def _to_full(found: Found) -> str | None:
    return found.full


def _to_thumbnail(found: Found) -> str | None:
    return found.thumbnail


def _is_path(address: str) -> bool:
    """Return whether it is good for as long as the item is there."""
    return address.startswith("/")


def _is_gone(address: str | None, error: RejectedError | UnauthorizedError) -> bool:
    """Return whether the file is not there, or no longer."""
    is_path = address is None or _is_path(address)
    if isinstance(error, UnauthorizedError):
        return not is_path
    return error.status in (_GONE if is_path else _PERISHED)
