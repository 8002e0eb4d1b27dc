"""What becomes of rendered pages: kept while they would be the same, and known to be."""

from gateway.adapters.memory import LocalNews
from gateway.api.answers.rendered import Rendered, RenderedPages
from gateway.coordination.validity import Validity
from gateway.ports.caches import SHARES, Caches
from tests.fakes import FakeClock

SECONDS = 30.0


class DeafNews(LocalNews):
    """News of which some may be missed."""

    is_current = False


def to_page(clock: FakeClock, *validities: Validity) -> Rendered:
    body = b'{"items": []}'
    return Rendered(
        body=body, etag='W/"1"', good_until=clock.now() + SECONDS, validities=validities
    )


def to_pages(clock: FakeClock, limit_bytes: int = 100_000) -> RenderedPages:
    return RenderedPages(
        caches=Caches(round(limit_bytes / SHARES["rendered"])),
        clock=clock,
        news=LocalNews(),
    )


def test_a_page_is_kept_for_its_caller_and_query_until_it_ages() -> None:
    clock = FakeClock()
    pages, page = to_pages(clock), to_page(clock)

    pages.put("acme", b"limit=1", page)

    assert pages.get("acme", b"limit=1") is page
    assert pages.get("acme", b"limit=2") is None
    assert pages.get("other", b"limit=1") is None
    clock.turn(SECONDS)
    assert pages.get("acme", b"limit=1") is None


def test_a_page_with_a_void_mark_is_dropped() -> None:
    clock, validity = FakeClock(), Validity()
    pages = to_pages(clock)
    pages.put("acme", b"", to_page(clock, Validity(), validity))

    validity.is_void = True

    assert pages.get("acme", b"") is None


def test_no_page_is_trusted_while_news_may_be_missed() -> None:
    clock = FakeClock()
    pages = RenderedPages(caches=Caches(), clock=clock, news=DeafNews())

    pages.put("acme", b"", to_page(clock))

    assert pages.get("acme", b"") is None


def test_the_oldest_pages_go_when_there_is_no_room() -> None:
    clock = FakeClock()
    pages = to_pages(clock, limit_bytes=8_000)

    for query in (b"1", b"2", b"3"):
        pages.put("acme", query, to_page(clock))

    assert pages.get("acme", b"1") is None
    assert pages.get("acme", b"3") is not None
