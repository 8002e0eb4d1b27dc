"""A request that fails leaves nothing behind for the garbage collector to find."""

import gc
from collections.abc import Iterator

import pytest

from gateway.plugin.errors import GatewayError
from tests.api.world import World


@pytest.fixture
def found() -> Iterator[list[object]]:
    """Have what only the garbage collector would free be kept, and given."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    yield gc.garbage
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


@pytest.mark.parametrize(
    "path",
    [
        "/v1/gallery?limit=0",
        "/v1/gallery?q=" + "x" * 2_000,
        "/v1/gallery?cursor=garbled",
        "/v1/gallery/avatar:nothing",
        "/v1/media/forged/x.jpg",
        "/v1/nothing",
    ],
)
def test_what_went_wrong_is_freed_with_its_request(
    world: World, path: str, found: list[object]
) -> None:
    for _ in range(3):
        assert world.get(path).status_code in {400, 403, 404}

    gc.collect()

    errors = [thing for thing in found if isinstance(thing, GatewayError)]
    assert errors == []
