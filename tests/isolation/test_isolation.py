"""Two tenants, two end users each: nobody is shown what is another's."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from providers.avatar.examples import IMAGE_TASK
from tests.isolation.conftest import TENANTS, Serve, Served
from tests.isolation.people import Person

USERS = {
    "acme": (Person(name="ann", number=11), Person(name="bob", number=23)),
    "globex": (Person(name="cid", number=37), Person(name="dee", number=49)),
}
OWN = tuple(Person(name=name, number=80 + n) for n, name in enumerate(TENANTS))
EVERYBODY = (*itertools.chain(*USERS.values()), *OWN)
NEVER = {"hyper3d": "never-was", "avatar": "1738899999999", "piktid": "never-was"}
OPERATIONS = "/v1/providers/avatar/operations"
LINK = re.compile(r"/v1/media/[\w-]{100,}/[^\"]+")
QUERIES = (
    "",
    "?limit=100&include=native&assets_limit=200",
    "?q=canary",
    "?provider=avatar",
    "?provider=hyper3d&kind=model",
    "?provider=piktid&status=ready",
    "?created_after=2025-01-01T00:00:00Z",
)


class Seat:
    """Somebody at the gateway: the key or token, whose it is, and all that was answered.

    `seen` is what of that came before anything of another's was asked for.
    """

    def __init__(self, served: Served, key: str, person: Person) -> None:
        self.served = served
        self.key = key
        self.person = person
        self.items: list[dict[str, Any]] = []
        self.cursors: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.job_id = ""
        self.seen: tuple[str, ...] = ()

    def ask(self, path: str, method: str = "GET", **sent: Any) -> httpx.Response:
        answer = self.served.ask(path, self.key, method, **sent)
        self.texts += [answer.text, str(answer.headers)]
        return answer

    def look_around(self) -> None:
        """Crawl every route."""
        for query in QUERIES:
            self._crawl(query)
        for path in ("/v1/providers", "/health/ready", "/openapi.json"):
            self.ask(path)
        for name in NEVER:
            self.ask(f"/v1/providers/{name}")
        info = self.ask(f"{OPERATIONS}/get_user_info")
        assert self.person.canary in info.text
        sent = self.ask(f"{OPERATIONS}/generate", "POST", json=IMAGE_TASK)
        assert sent.status_code == 202, sent.text
        self.job_id = sent.json()["id"]
        assert self.ask(f"/v1/jobs/{self.job_id}").status_code == 200
        for item in self.items[:6] + self.items[-6:]:
            shown = self.ask(f"/v1/gallery/{item['id']}?include=native")
            assert shown.status_code == 200, shown.text
            for asset in shown.json()["assets"]:
                found = self.ask(f"/v1/gallery/{item['id']}/assets/{asset['id']}")
                assert found.status_code == 307, found.text
        self.links = sorted({link for t in self.texts for link in LINK.findall(t)})
        self.seen = tuple(self.texts)

    def _crawl(self, query: str) -> None:
        path = f"/v1/gallery{query}"
        for _ in range(40):
            answer = self.ask(path)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            self.items += page["items"]
            if page["next_cursor"] is None:
                assert page["complete"]
                return
            self.cursors.append((query, page["next_cursor"]))
            mark = "&" if query else "?"
            path = f"/v1/gallery{query}{mark}cursor={page['next_cursor']}"
        raise AssertionError("the crawl has no end")


@pytest.fixture(scope="module")
def served(serve_people: Serve) -> Iterator[Served]:
    cache = {
        "fresh_seconds": 3_600
    }  # what is read once stays so, however long it takes
    with serve_people(EVERYBODY, cache=cache) as served:
        yield served


@pytest.fixture(scope="module")
def seats(served: Served) -> list[Seat]:
    """All six: two tenants with keys, and four end users with tokens."""
    seats = [
        Seat(served, f"key of {name}", own)
        for name, own in zip(TENANTS, OWN, strict=True)
    ]
    for tenant, users in USERS.items():
        seats += [Seat(served, served.mint(tenant, user), user) for user in users]
    for seat in seats:
        seat.look_around()
    return seats


def pairs(seats: list[Seat]) -> Iterator[tuple[Seat, Seat]]:
    return itertools.permutations(seats, 2)


def test_everybody_sees_what_is_theirs(seats: list[Seat]) -> None:
    for seat in seats:
        seen = {item["id"] for item in seat.items}
        assert len(seen) == 90
        assert {item.partition(":")[0] for item in seen} == {*NEVER}
        assert seat.cursors
        assert seat.links
        assert any(seat.person.canary in text for text in seat.seen)


def test_no_canary_crosses(seats: list[Seat]) -> None:
    for seat, other in pairs(seats):
        for canary in other.person.canaries:
            assert not [text for text in seat.seen if canary in text]


def test_no_link_of_one_is_the_link_of_another(seats: list[Seat]) -> None:
    for seat, other in pairs(seats):
        assert not {*seat.links} & {*other.links}


def test_a_link_leads_to_its_owners_file_whoever_asks(seats: list[Seat]) -> None:
    """Whoever has a link has the file, and nothing else by it."""
    for seat in seats:
        full = [link for link in seat.links if not link.endswith(".webp")]
        for link in full[:3] + full[-3:]:
            for asking in seats:
                fetched = asking.served.ask(link, asking.key)
                assert fetched.status_code == 200, fetched.text
                assert seat.person.canary.encode() in fetched.content
                others = [o for o in seats if o is not seat]
                assert not [
                    o for o in others if o.person.canary.encode() in fetched.content
                ]


def test_smaller_pictures_are_the_owners(seats: list[Seat]) -> None:
    pictures = []
    for seat in seats:
        small = [link for link in seat.links if link.endswith(".webp")]
        fetched = [seat.served.ask(link, None) for link in small[:4]]
        assert {answer.status_code for answer in fetched} == {200}
        (picture,) = {answer.content for answer in fetched}
        pictures.append(picture)

    assert len(set(pictures)) == len(seats)


def test_a_foreign_cursor_is_like_a_garbled_one(seats: list[Seat]) -> None:
    for seat, other in pairs(seats):
        for query, cursor in (other.cursors[0], other.cursors[-1]):
            mark = "&" if query else "?"
            path = f"/v1/gallery{query}{mark}cursor="

            foreign, garbled = seat.ask(path + cursor), seat.ask(path + cursor[:-1])

            assert foreign.status_code == 400
            assert to_told(foreign) == to_told(garbled)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_foreign_id_is_like_one_that_never_was(
    seats: list[Seat], method: str
) -> None:
    for seat, other in pairs(seats):
        for provider, never in NEVER.items():
            theirs = next(i["id"] for i in other.items if i["provider"] == provider)

            foreign = seat.ask(f"/v1/gallery/{theirs}", method)
            unknown = seat.ask(f"/v1/gallery/{provider}:{never}", method)

            assert foreign.status_code in {404, 405}
            assert to_told(foreign) == to_told(unknown)


def test_a_foreign_asset_is_like_one_that_never_was(seats: list[Seat]) -> None:
    for seat, other in pairs(seats):
        for provider, never in NEVER.items():
            item = next(i for i in other.items if i["provider"] == provider)
            path = f"assets/{item['assets'][0]['id']}"

            foreign = seat.ask(f"/v1/gallery/{item['id']}/{path}")
            unknown = seat.ask(f"/v1/gallery/{provider}:{never}/{path}")

            assert foreign.status_code == 404
            assert to_told(foreign) == to_told(unknown)


def test_everybody_lists_their_own_jobs(seats: list[Seat]) -> None:
    listed = {}
    for seat in seats:
        listed[seat.job_id] = {job["id"] for job in seat.ask("/v1/jobs").json()["jobs"]}
        for job_id in listed[seat.job_id]:
            assert seat.ask(f"/v1/jobs/{job_id}").json()["id"] == job_id

    assert all(job_id in own for job_id, own in listed.items())
    assert sum(map(len, listed.values())) == len(set().union(*listed.values()))


def test_a_foreign_job_is_like_one_that_never_was(seats: list[Seat]) -> None:
    for seat, other in pairs(seats):
        foreign = seat.ask(f"/v1/jobs/{other.job_id}")
        unknown = seat.ask("/v1/jobs/job_never-was")

        assert foreign.status_code == 404
        assert to_told(foreign) == to_told(unknown)


def test_an_idempotency_key_is_each_ones_own(seats: list[Seat]) -> None:
    ids = set()
    for seat in seats:
        answer = seat.served.client.post(
            f"{OPERATIONS}/generate",
            json=IMAGE_TASK,
            headers={"X-API-Key": seat.key, "Idempotency-Key": "the same"},
        )
        assert "idempotency-replayed" not in answer.headers
        ids.add(answer.json()["id"])

    assert len(ids) == len(seats)


def test_what_one_deletes_others_keep(served: Served, seats: list[Seat]) -> None:
    one, *others = seats[2:]
    mine = next(i for i in one.items if i["provider"] == "avatar")
    calls = dict(served.people.calls)

    assert one.ask(f"/v1/gallery/{mine['id']}", "DELETE").status_code == 204

    assert one.ask(f"/v1/gallery/{mine['id']}").status_code == 404
    for other in others:
        kept = next(i for i in other.items if i["provider"] == "avatar")
        assert other.ask(f"/v1/gallery/{kept['id']}").status_code == 200
        assert other.ask("/v1/gallery").headers["cache-status"].count("hit") == 1
    purged = {one.person.name}
    anew = {n for (w, n), c in served.people.calls.items() if c > calls.get((w, n), 0)}
    assert anew == purged


def test_the_end_of_all_that_was_seen_bears_no_canary_of_others(
    seats: list[Seat],
) -> None:
    """After all that was tried above, errors too."""
    for seat, other in pairs(seats):
        told = [text for text in seat.texts if other.person.canary in text]
        asked = [text for text in told if "/problems/" not in text]
        assert not asked


def to_told(answer: httpx.Response) -> tuple[int, dict[str, Any], set[str]]:
    """What an answer tells, but for what was asked."""
    problem = answer.json()
    for field in ("instance", "request_id"):
        problem.pop(field)
    varying = {"ratelimit", "x-request-id", "date", "content-length"}
    return answer.status_code, problem, {*answer.headers} - varying
