"""Which address a request comes from, compared as an address however it is spelt."""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_MAPPED = 96
"""The bits before an IPv4 address that is spelt as an IPv6 one (RFC 4291, 2.5.5.2)."""
_SUBSCRIBER = 64
"""The bits of an IPv6 address that stand for who has it: the others are theirs to choose."""


def to_networks(spelt: Iterable[str]) -> tuple[Network, ...]:
    return tuple(_to_plain(ipaddress.ip_network(one, strict=False)) for one in spelt)


def find_client(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Name who asks: the peer, or who the trusted proxies say that they forward for.

    `forwarded` is `X-Forwarded-For`: each proxy has added the address that it saw. It is
    read from its end, for as long as a trusted one has written it. An IPv6 address
    stands for its /64, one that holds an IPv4 address for that; a port says nothing. A
    text that is no address is what the trusted proxy before it answers for.
    """
    found = to_address(peer)
    if found is None:
        return peer
    for hop in reversed(forwarded.split(",")):
        if not hop.strip():
            continue
        if not any(found in network for network in trusted):
            break
        address = to_address(hop.strip())
        if address is None:
            break
        found = address
    return _to_name(found)


def to_address(spelt: str) -> Address | None:
    """Read an address, with a port or without: `192.0.2.1:80`, `[2001:db8::1]:80`."""
    host = spelt
    if spelt.startswith("["):
        host = spelt[1:].partition("]")[0]
    elif spelt.count(":") == 1:
        host = spelt.partition(":")[0]
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or address
    return address


def _to_plain(network: Network) -> Network:
    """Return an IPv4 network for one that is spelt within IPv6, as addresses are read."""
    if isinstance(network, ipaddress.IPv4Network):
        return network
    mapped, bits = network.network_address.ipv4_mapped, network.prefixlen - _MAPPED
    if mapped is None or bits < 0:
        return network
    return ipaddress.ip_network((mapped, bits))


def _to_name(address: Address) -> str:
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, _SUBSCRIBER), strict=False))
