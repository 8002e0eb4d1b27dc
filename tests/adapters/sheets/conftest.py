from collections.abc import AsyncIterator

import pytest

from gateway.adapters.sheets.reading import SheetPool


@pytest.fixture
async def pool() -> AsyncIterator[SheetPool]:
    pool = SheetPool()
    yield pool
    await pool.aclose()
