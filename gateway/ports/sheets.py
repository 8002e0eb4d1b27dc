"""Spreadsheets read without holding the event loop up."""

from typing import Protocol

from gateway.plugin.foreign.sheets import Sheet


class Sheets(Protocol):
    """Reads `.xls` and `.xlsx`, known by their bytes."""

    async def read(self, content: bytes, account: str = "") -> Sheet:
        """Read the active sheet.

        One account's sheets, `account` being its key, wait for their own.

        Raises:
            InvalidBodyError: it is no such workbook, is locked by a password, or has
                more rows or text, or takes more memory or time, than is allowed.
            UnavailableError: nothing can be had that reads it.
        """
        ...
