"""Both shells over a real gateway, and the world that it is in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.api.conftest import (  # noqa: F401  # fixtures
    new_world,
    own_world,
    portal,
    sandboxes,
    world,
)
from tests.client.shells import SHELLS, opening

Open = Callable[..., Any]


@pytest.fixture(params=SHELLS)
def open_gallery(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens a gallery, of the one kind and the other."""
    with ExitStack() as stack:
        yield lambda *args, **kwargs: stack.enter_context(
            opening(request.param, *args, **kwargs)
        )
