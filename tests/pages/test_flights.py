from gateway.crawl.page import Page
from gateway.crawl.search import Read
from gateway.pages.flights import Flights
from gateway.ports.caches import Caches
from tests.fakes import FakeClock


def test_a_check_is_close_if_it_begins_within_a_second() -> None:
    clock = FakeClock()
    flights = Flights(clock, Caches())
    page = Page(entries=(), is_last=True, asked_at=0.0, received_at=0.0, held=1)
    flights.note(page)

    clock.turn(0.9)
    is_close_in_time = flights.is_close(Read(0, page.held))
    clock.turn(0.2)
    is_close_later = flights.is_close(Read(0, page.held))

    assert (is_close_in_time, is_close_later) == (True, False)
