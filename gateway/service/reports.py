"""How a source fared on one page, for the caller."""

from typing import NamedTuple

from gateway.core.errors import MisbehavedError, UnavailableError, UpstreamError
from gateway.core.lane import Lane, Outcome
from gateway.core.model import SourceError, SourceReport, SourceState
from gateway.core.times import from_epoch_ms


class Fared(NamedTuple):
    lane: Lane
    error: UpstreamError | None


def to_report(fared: Fared, now: float, is_filtering: bool) -> SourceReport:  # noqa: FBT001
    lane, error = fared
    totals = [r.page.total for r in lane.readings if r.page.total is not None]
    retry_after = error.retry_after_seconds if error else None
    return SourceReport(
        provider=lane.provider,
        state=_to_state(fared),
        exhausted=lane.outcome is Outcome.ENDED,
        late=lane.is_late,
        read_through=lane.through,
        total=totals[-1] if totals and not is_filtering else None,
        skipped=_count_skipped(lane),
        retry_at=(
            from_epoch_ms(int((now + retry_after) * 1000)) if retry_after else None
        ),
        error=_to_error(error) if error else None,
    )


def _to_state(fared: Fared) -> SourceState:
    if fared.lane.outcome is Outcome.REFUSED:
        return "unauthorized"
    if fared.error is not None:
        return "unavailable"
    return "pending" if fared.lane.is_out else "fresh"


def _to_error(error: UpstreamError) -> SourceError:
    match error:
        case UnavailableError() | MisbehavedError():
            title = "The provider could not be read"
        case _:
            title = "The provider refuses"
    return SourceError(code=error.code, title=f"{title}: {error}")


def _count_skipped(lane: Lane) -> int:
    pages = [reading.page for reading in lane.readings if reading.page.skipped]
    return len({e.id for page in pages for e in page.entries if e.item is None})
