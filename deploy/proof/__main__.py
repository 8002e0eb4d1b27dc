"""Crawl through nginx while a gateway is killed and Redis is restarted.

    python3 deploy/proof

It needs Docker with compose, in either spelling, and Python 3.11. It builds the image,
starts compose.yaml with the profile `sandbox` beside whatever else runs, takes all of it
down again, and exits 0 only if no crawl lost or repeated an item and no request failed
but what was in flight when the gateway was killed.

Several crawls go on at once while the three lists change. What must be returned is what
was listed before the first page was read and still is after the last. Hyper3D's list,
which tells no total, changes only while no request runs: a change between the two calls
that check a page boundary is the one case that the gateway does not promise to survive.

Then `gallery-gateway verify`, in one of the containers, judges the same stack as any caller
could. The crawls before are this script's own, with the standard library's HTTP alone.
"""

import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from calls import does_hold, wait_until
from crawls import LIMIT, Crawl, Pause
from lists import Lists
from stack import Stack

CRAWLS = 8
KILL_AT, RESTART_AT, RETURN_AT = 0.25, 0.5, 0.75
"""Which part of the crawls is done when harm is done, and half mended."""
VERIFY_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Outcome:
    stayed: set[str]
    crawls: list[Crawl]
    killed: tuple[float, float]
    """From when to when the gateway was being killed."""

    @property
    def lost(self) -> int:
        return sum(len(self.stayed - set(crawl.ids)) for crawl in self.crawls)

    @property
    def repeated(self) -> int:
        return sum(len(crawl.ids) - len(set(crawl.ids)) for crawl in self.crawls)

    @property
    def faults(self) -> dict[bool, list[str]]:
        """Why requests failed: of those in flight on a killed gateway, and others."""
        begun, ended = self.killed
        faults: dict[bool, list[str]] = {True: [], False: []}
        for call in (call for crawl in self.crawls for call in crawl.calls):
            if call.fault:
                in_flight = call.begun < ended and call.ended > begun
                faults[in_flight].append(call.fault)
        return faults

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.repeated or self.faults[False])


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        with stack.running() as addresses:
            pause = Pause()
            lists = Lists(addresses, pause)
            wait_until(lambda: does_hold(lambda: bool(lists.ids())), "the sandboxes")
            # Before a page is asked for: one in the cache would be of a shorter list.
            lists.prepare()
            wait_until(lambda: does_hold(stack.is_well), "all sources through nginx")
            say(f"built and started in {time.monotonic() - begun:.0f} s")
            return 0 if prove(stack, lists, pause) else 1


def prove(stack: Stack, lists: Lists, pause: Pause) -> bool:
    before = lists.ids()
    crawls = [Crawl(address=stack.address, pause=pause) for _ in range(CRAWLS)]
    say(f"{CRAWLS} crawls of {len(before):,} items, {LIMIT} a page, lists changing")
    begun = time.monotonic()
    killed = crawl_and_hurt(stack, lists, crawls, len(before))
    seconds = time.monotonic() - begun
    outcome = Outcome(stayed=before & lists.ids(), crawls=crawls, killed=killed)
    report(outcome, lists, seconds)
    say(f"  answered by the other  {stack.count_passed_on():6,}, where one was away")
    has_held = verify(stack, lists)
    is_proved = outcome.is_good and has_held
    say("PROVED" if is_proved else "NOT PROVED")
    return is_proved


def verify(stack: Stack, lists: Lists) -> bool:
    """Have the client's own oracle judge the same stack, which knows no list's truth."""
    ended = Event()
    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(lists.change_until, ended, is_pausing=False)
        try:
            has_held, told = stack.verify(VERIFY_SECONDS)
        finally:
            ended.set()
        changing.result()
    say(f"gallery-gateway verify, for {VERIFY_SECONDS} s:\n{told.rstrip()}")
    return has_held


def crawl_and_hurt(
    stack: Stack, lists: Lists, crawls: list[Crawl], count: int
) -> tuple[float, float]:
    ended = Event()
    with ThreadPoolExecutor(len(crawls) + 1) as pool:
        changing = pool.submit(lists.change_until, ended)
        running = [pool.submit(crawl.run) for crawl in crawls]
        try:
            killed = hurt(stack, lambda: to_share(crawls, running, count))
            for one in running:
                one.result()
        finally:
            ended.set()
        changing.result()
    return killed


def to_share(crawls: list[Crawl], running: list[Future[None]], count: int) -> float:
    """Return how far the crawls are, by what they returned; raises what ended one."""
    for one in running:
        if one.done():
            one.result()
    if all(one.done() for one in running):
        raise RuntimeError("the crawls ended before all harm was done")
    return sum(len(crawl.ids) for crawl in crawls) / len(crawls) / count


def hurt(stack: Stack, share: Callable[[], float]) -> tuple[float, float]:
    """Do harm in mid-crawl; gives from when to when the gateway was being killed."""
    until(KILL_AT, share, "gateway-1 is killed with SIGKILL")
    begun = time.monotonic()
    stack.do("kill", "-s", "SIGKILL", "gateway-1")
    killed = (begun, time.monotonic())
    until(RESTART_AT, share, "Redis is restarted")
    stack.do("restart", "redis")
    until(RETURN_AT, share, "gateway-1 is started again")
    stack.do("start", "gateway-1")
    return killed


def until(part: float, share: Callable[[], float], event: str) -> None:
    wait_until(lambda: share() > part, "the crawls to get on")
    say(f"  {share():4.0%}  {event}")


def report(outcome: Outcome, lists: Lists, seconds: float) -> None:
    calls = [call for crawl in outcome.crawls for call in crawl.calls]
    slowest = max(call.ended - call.begun for call in calls)
    faults = outcome.faults
    say(
        f"{len(calls):,} requests in {seconds:.0f} s, the slowest {slowest:.1f} s;"
        f" {lists.counts['inserted']} items inserted, {lists.counts['deleted']} deleted\n"
        f"  items that stayed      {len(outcome.stayed):6,}, for each crawl to return\n"
        f"  lost                   {outcome.lost:6,}\n"
        f"  repeated               {outcome.repeated:6,}\n"
        f"  requests failed        {len(faults[False]):6,}\n"
        f"  failed in flight       {len(faults[True]):6,}, on the killed gateway"
    )
    for fault, count in Counter(faults[False] + faults[True]).items():
        say(f"  failed {count} times: {fault}")


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
