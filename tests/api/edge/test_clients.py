"""Which address a request comes from: one caller is one, however the address is spelt."""

import ipaddress

import pytest
from hypothesis import given, strategies as st

from gateway.api.edge.clients import find_client, to_networks

TRUSTED = to_networks(["127.0.0.1", "10.0.0.0/8", "2001:db8:ffff::/48"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("::ffff:127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        ("127.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "[::ffff:198.51.100.7]:4711", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.7, 10.1.2.3", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.9,,10.1.2.3 ,", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9, 10.1.2.3, _hidden", "127.0.0.1"),
        ("2001:db8:ffff::1", "2001:db8:1:2::5", "2001:db8:1:2::/64"),
        ("127.0.0.1", "[2001:DB8:1:2:0:0:0:9]:80", "2001:db8:1:2::/64"),
        ("127.0.0.1", "fe80::1%eth0", "fe80::/64"),
        ("", "198.51.100.7", ""),
    ],
)
def test_who_asks_is_named_by_the_address(
    peer: str, forwarded: str, client: str
) -> None:
    assert find_client(peer, forwarded, TRUSTED) == client


@pytest.mark.parametrize("trusted", ["::ffff:10.0.0.5", "::ffff:10.0.0.0/104"])
def test_a_trusted_network_may_be_spelt_as_its_peers_are(trusted: str) -> None:
    networks = to_networks([trusted])

    assert find_client("::ffff:10.0.0.5", "198.51.100.7", networks) == "198.51.100.7"
    assert find_client("10.0.0.5", "198.51.100.7", networks) == "198.51.100.7"
    assert find_client("192.0.2.1", "198.51.100.7", networks) == "192.0.2.1"


def test_a_network_wider_than_all_of_ipv4_is_no_ipv4_network() -> None:
    assert find_client("10.0.0.5", "198.51.100.7", to_networks(["::/0"])) == "10.0.0.5"


@given(address=st.ip_addresses(v=4), port=st.integers(0, 65_535))
def test_every_spelling_of_an_ipv4_address_is_one_caller(
    address: ipaddress.IPv4Address, port: int
) -> None:
    spellings = (
        str(address),
        f"{address}:{port}",
        f"::ffff:{address}",
        f"[::ffff:{address}]:{port}",
        ipaddress.IPv6Address(f"::ffff:{address}").exploded,
    )

    found = {find_client(spelt, "", ()) for spelt in spellings}

    assert found == {str(address)}


@given(address=st.ip_addresses(v=6), others=st.integers(0, 2**64 - 1))
def test_all_addresses_of_an_ipv6_network_are_one_caller(
    address: ipaddress.IPv6Address, others: int
) -> None:
    neighbour = ipaddress.IPv6Address(int(address) >> 64 << 64 | others)
    if address.ipv4_mapped or neighbour.ipv4_mapped:
        return

    found = {find_client(spelt, "", ()) for spelt in (str(address), neighbour.exploded)}

    assert len(found) == 1


@given(forwarded=st.text())
def test_any_text_is_read(forwarded: str) -> None:
    assert find_client("127.0.0.1", forwarded, TRUSTED)
