"""What `verify` does: crawls, judges them, and tells."""

import asyncio
import sys
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway.terminal.verification.crawlers import Log, crawl_all
from gateway.terminal.verification.oracle import Crawled, Verdict, judge

_PIPED_WIDTH = 200
_SHOWN = 5
_TOO_SHORT = "no crawl had one before and one after it: give it more --seconds"


class Report(Struct, frozen=True, kw_only=True):
    """What was found, as `--json` prints it; times are in milliseconds."""

    held: bool
    why: str | None
    crawls: int
    ended: int
    judged: int
    items: int
    requests: int
    statuses: Mapping[str, int]
    states: Mapping[str, Mapping[str, int]]
    p50_ms: float | None
    p99_ms: float | None
    repeated: tuple[str, ...]
    out_of_order: tuple[str, ...]
    missing: tuple[str, ...]
    broken: tuple[str, ...]


def run(
    url: str, key: str | None, *, crawls: int, seconds: float, as_json: bool
) -> bool:
    """Verify, print what was found, and tell whether the promises held."""
    log = Log()
    crawled = asyncio.run(crawl_all((url, key), crawls, seconds, log))
    report = to_report(crawled, log)
    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        _show(report)
    return report.held


def to_report(crawls: Sequence[Crawled], log: Log) -> Report:
    verdict = judge(crawls)
    return Report(
        held=verdict.is_good,
        why=to_reason(verdict),
        crawls=len(crawls),
        ended=verdict.ended,
        judged=verdict.judged,
        items=len({item_id for crawl in crawls for item_id in crawl.ids}),
        requests=sum(log.statuses.values()),
        statuses=dict(log.statuses),
        states={name: dict(states) for name, states in log.states.items()},
        p50_ms=to_percentile(log.seconds, 50),
        p99_ms=to_percentile(log.seconds, 99),
        repeated=verdict.repeated,
        out_of_order=verdict.out_of_order,
        missing=verdict.missing,
        broken=verdict.broken,
    )


def to_reason(verdict: Verdict) -> str | None:
    """Say why the promises are not known to have held."""
    faults = {
        "repeated": verdict.repeated,
        "out of order": verdict.out_of_order,
        "missing": verdict.missing,
        "broken off": verdict.broken,
    }
    words = [f"{len(found)} {name}" for name, found in faults.items() if found]
    if words:
        return ", ".join(words)
    return None if verdict.judged else _TOO_SHORT


def to_percentile(seconds: Sequence[float], percent: int) -> float | None:
    if not seconds:
        return None
    place = -(-len(seconds) * percent // 100) - 1
    return round(sorted(seconds)[place] * 1_000, 2)


def _show(report: Report) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in _to_rows(report):
        table.add_row(name, escape(value))
    console.print(table)
    style = "bold green" if report.held else "bold red"
    verdict = "HELD" if report.held else f"NOT HELD: {report.why}"
    console.print(f"[{style}]{escape(verdict)}[/]")


def _to_rows(report: Report) -> list[tuple[str, str]]:
    rows = [
        ("crawls", f"{report.ended} ended of {report.crawls}"),
        ("judged for missing", f"{report.judged}, of {report.items:,} items"),
        ("requests", f"{report.requests:,}: {_to_counts(report.statuses)}"),
        ("p50, p99", f"{report.p50_ms} ms, {report.p99_ms} ms"),
    ]
    rows += [(name, _to_counts(one)) for name, one in report.states.items()]
    faults = (
        ("repeated", report.repeated),
        ("out of order", report.out_of_order),
        ("missing", report.missing),
        ("broken off", report.broken),
    )
    return rows + [(name, _to_examples(found)) for name, found in faults]


def _to_counts(counts: Mapping[str, int]) -> str:
    counted = sorted(counts.items())
    return ", ".join(f"{count:,} {name}" for name, count in counted) or "none"


def _to_examples(found: Sequence[str]) -> str:
    if not found:
        return "0"
    shown = ", ".join(found[:_SHOWN])
    return f"{len(found):,}: {shown}{', …' if len(found) > _SHOWN else ''}"
