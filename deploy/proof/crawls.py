"""Crawls of the gallery, and what may change while one of their requests runs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition
from typing import Any
from urllib.parse import urlencode

from calls import FAULTS, get

LIMIT = 5
_TRIES = 30


class Pause:
    """Makes a change wait until no request runs, and requests until it is made."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._running = 0
        self._is_wanted = False

    @contextmanager
    def request(self) -> Iterator[None]:
        with self._condition:
            self._condition.wait_for(lambda: not self._is_wanted)
            self._running += 1
        try:
            yield
        finally:
            with self._condition:
                self._running -= 1
                self._condition.notify_all()

    @contextmanager
    def change(self) -> Iterator[None]:
        with self._condition:
            self._is_wanted = True
            self._condition.wait_for(lambda: self._running == 0)
            try:
                yield
            finally:
                self._is_wanted = False
                self._condition.notify_all()


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request: when, and why it failed if it did."""

    begun: float
    ended: float
    fault: str = ""


@dataclass(frozen=True, kw_only=True)
class Crawl:
    """One chain of pages, to its end; a request that failed is made again."""

    address: str
    pause: Pause
    ids: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def run(self) -> None:
        cursor: str | None = ""
        while cursor is not None:
            page = self._read(cursor)
            self.ids.extend(item["id"] for item in page["items"])
            cursor = page["next_cursor"]
        if not page["complete"]:
            raise RuntimeError(f"a crawl ended incomplete: {page['sources']}")

    def _read(self, cursor: str) -> dict[str, Any]:
        query = {"limit": LIMIT} | ({"cursor": cursor} if cursor else {})
        address = f"{self.address}/v1/gallery?{urlencode(query)}"
        for _ in range(_TRIES):
            with self.pause.request():
                begun, fault = time.monotonic(), ""
                try:
                    return get(address)
                except FAULTS as error:
                    fault = repr(error)
                finally:
                    ended = time.monotonic()
                    self.calls.append(Call(begun=begun, ended=ended, fault=fault))
            time.sleep(1)
        raise RuntimeError(f"{_TRIES} times: {fault}")
