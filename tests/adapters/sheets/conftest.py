from collections.abc import AsyncIterator

import pytest

from gateway.adapters.sheets.reading import SheetPool

PATIENCE_SECONDS = 60.0
"""On a crowded machine; what a process may work for is bounded by the kernel, too."""


@pytest.fixture
async def pool() -> AsyncIterator[SheetPool]:
    pool = SheetPool(PATIENCE_SECONDS)
    yield pool
    await pool.aclose()
