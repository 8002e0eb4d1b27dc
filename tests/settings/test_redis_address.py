"""Addresses of Redis: one server's, sentinels', nodes'; never shown with a secret."""

import pytest

from gateway.settings.redis_address import AddressError, to_redis_address

PASSWORD = "s3cret-of-redis"  # noqa: S105


def test_one_server_is_what_it_says():
    address = to_redis_address("redis://user:pass@redis.example/3?db=3")

    assert address.kind == "single"
    assert address.servers == ("redis://user:pass@redis.example:6379/3?db=3",)


def test_sentinels_come_with_the_masters_name_and_its_database():
    address = to_redis_address(f"rediss+sentinel://u:{PASSWORD}@a,b:1,[::1]:2/main/4")

    assert address.kind == "sentinel"
    assert address.service == "main"
    assert address.servers == (
        f"rediss://u:{PASSWORD}@a:26379",
        f"rediss://u:{PASSWORD}@b:1",
        f"rediss://u:{PASSWORD}@[::1]:2",
    )
    assert address.at("10.0.0.1", 6379) == f"rediss://u:{PASSWORD}@10.0.0.1:6379/4"


def test_sentinels_have_no_database_and_the_same_certificates():
    address = to_redis_address("rediss+sentinel://a/main?db=2&ssl_ca_certs=/c.pem")

    assert address.servers == ("rediss://a:26379?ssl_ca_certs=%2Fc.pem",)
    assert address.at("m", 1) == "rediss://m:1/?db=2&ssl_ca_certs=/c.pem"


def test_nodes_of_a_cluster_have_database_0():
    address = to_redis_address("redis+cluster://a:7000,b/?db=0")

    assert address.kind == "cluster"
    assert address.servers == ("redis://a:7000/?db=0", "redis://b:6379/?db=0")
    assert address.at("fd00::1", 7001) == "redis://[fd00::1]:7001/?db=0"


def test_a_password_may_hold_what_parts_servers():
    address = to_redis_address("redis+cluster://u:a,b%40c@one,two")

    assert address.servers == (
        "redis://u:a,b%40c@one:6379",
        "redis://u:a,b%40c@two:6379",
    )


@pytest.mark.parametrize("kind", ["redis", "rediss+cluster", "redis+sentinel"])
def test_what_is_shown_has_no_secret(kind: str):
    address = to_redis_address(f"{kind}://user:{PASSWORD}@one:1/0?db=0")

    assert PASSWORD not in repr(address) + address.shown
    assert address.shown.startswith(f"{kind}://one:1/")


@pytest.mark.parametrize(
    "text", [f"redis://u:{PASSWORD}@one:x", f"redis+sentinel://u:{PASSWORD}@one"]
)
def test_a_fault_is_told_without_what_was_found(text: str):
    with pytest.raises(AddressError) as caught:
        to_redis_address(text)

    assert PASSWORD not in str(caught.value)
