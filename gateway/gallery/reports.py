"""How a source fared on one page, for the caller."""

from gateway.crawl.lane import Lane, LaneOutcome
from gateway.gallery.run import Part
from gateway.plugin.errors import MisbehavedError, UnavailableError, UpstreamError
from gateway.plugin.model import SourceError, SourceReport, SourceState
from gateway.plugin.times import from_epoch_ms


def to_report(part: Part, *, is_stale: bool, is_filtering: bool) -> SourceReport:
    lane, failure = part.lane, part.failure
    totals = [r.page.total for r in lane.readings if r.page.total is not None]
    retry_at = failure.retry_at if failure else None
    return SourceReport(
        provider=lane.provider,
        state=_to_state(part, is_stale=is_stale),
        exhausted=lane.outcome is LaneOutcome.ENDED,
        late=lane.is_late,
        read_through=lane.through,
        total=totals[-1] if totals and not is_filtering else None,
        skipped=_count_skipped(lane),
        retry_at=None if retry_at is None else from_epoch_ms(int(retry_at * 1000)),
        error=_to_error(failure.error) if failure else None,
    )


def _to_state(part: Part, *, is_stale: bool) -> SourceState:
    if part.lane.outcome is LaneOutcome.REFUSED:
        return "unauthorized"
    if part.lane.is_out:
        return "unavailable" if part.failure else "pending"
    return "stale" if is_stale or part.failure else "fresh"


def _to_error(error: UpstreamError) -> SourceError:
    match error:
        case UnavailableError() | MisbehavedError():
            title = "The provider could not be read"
        case _:
            title = "The provider refuses"
    return SourceError(code=error.code, title=f"{title}: {error}")


def _count_skipped(lane: Lane) -> int:
    pages = [reading.page for reading in lane.readings]
    repeated = {page.held: page.repeated for page in pages}
    return len(frozenset().union(*(page.skipped for page in pages))) + sum(
        repeated.values()
    )
