from gateway.core.caches import Caches
from gateway.core.page import Page
from gateway.core.search import Read
from gateway.service.flights import Flights
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
