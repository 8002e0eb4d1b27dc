"""What an operation answers with, whatever bytes that are."""

import pytest

from gateway.client import GatewayError
from gateway.client.core import requests
from gateway.client.core.exchange import Reply
from tests.client.driving import Driver, in_turn

PLACE = ("avatar", "get_user_info")


@pytest.mark.parametrize("content", [b"", b"{", b'"\xff"', b"[" * 10_000])
def test_json_that_is_none_is_an_error_of_the_tree(content: bytes) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    driver = Driver(in_turn(Reply(status=200, headers=headers, content=content)))

    with pytest.raises(GatewayError, match="not JSON"):
        driver.run(requests.call(PLACE, None, None, driver.policy))
