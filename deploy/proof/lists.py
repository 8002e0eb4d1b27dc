"""The sandboxes' lists: filled, slowed down and changed through their controls."""

import json
import random
from collections import Counter
from threading import Event

from calls import get
from crawls import Pause

ADDED = 300
DELAY_SECONDS = 0.15
CHANGE_SECONDS = 0.25


class Lists:
    def __init__(self, addresses: dict[str, str], pause: Pause) -> None:
        self._addresses = addresses
        self._pause = pause
        self._random = random.Random(1)  # noqa: S311  # nothing secret
        self.counts: Counter[str] = Counter()

    def prepare(self) -> None:
        """Make the lists long, and each call slow enough to be caught in flight."""
        for name in self._addresses:
            self._tell(name, "items", count=ADDED)
            self._tell(name, "delay", seconds=DELAY_SECONDS)

    def ids(self) -> set[str]:
        """Return the gateway's ids of all that is listed now."""
        return {
            f"{name}:{native}" for name in self._addresses for native in self._ids(name)
        }

    def change_until(self, ended: Event, *, is_pausing: bool = True) -> None:
        """Change all lists; without pauses between requests all but Hyper3D's."""
        while not ended.wait(CHANGE_SECONDS):
            for name in self._addresses.keys() - {"hyper3d"}:
                self._change(name)
            if is_pausing:
                with self._pause.change():
                    self._change("hyper3d")

    def _change(self, name: str) -> None:
        """Add up to two at the top, and delete one from anywhere."""
        count = self._random.randint(0, 2)
        if count:
            self._tell(name, "items", count=count)
        self._tell(name, "delete", ids=[self._random.choice(self._ids(name))])
        self.counts.update(inserted=count, deleted=1)

    def _ids(self, name: str) -> list[str]:
        ids: list[str] = get(f"{self._addresses[name]}/_sandbox/items")["ids"]
        return ids

    def _tell(self, name: str, what: str, **told: object) -> None:
        get(f"{self._addresses[name]}/_sandbox/{what}", json.dumps(told).encode())
