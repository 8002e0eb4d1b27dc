"""A bound on how many do the same kind of thing at once, for each key by itself."""

import asyncio
from weakref import WeakValueDictionary


class KeyedSemaphores:
    """Semaphores by key, each of which lasts for as long as one waits for it or has it."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._used: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def __len__(self) -> int:
        return len(self._used)

    def at(self, key: str) -> asyncio.Semaphore:
        """Return a key's semaphore, which is to be held on to while it is used."""
        semaphore = self._used.get(key)
        if semaphore is None:
            semaphore = self._used[key] = asyncio.Semaphore(self._places)
        return semaphore
