"""Each plugin in turn, and its provider over a real socket."""

from collections.abc import AsyncIterator

import pytest

from gateway.plugin.provider import Plugin
from providers.avatar import PLUGIN as AVATAR
from providers.hyper3d import PLUGIN as HYPER3D
from providers.piktid import PLUGIN as PIKTID
from tests.providers.stand import Stand, standing


@pytest.fixture(params=[HYPER3D, AVATAR, PIKTID], ids=lambda plugin: plugin.name)
def plugin(request: pytest.FixtureRequest) -> Plugin:
    chosen: Plugin = request.param
    return chosen


@pytest.fixture
async def stand(plugin: Plugin) -> AsyncIterator[Stand]:
    async with standing(plugin) as stand:
        yield stand
