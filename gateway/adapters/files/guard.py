"""Which addresses media is fetched from: by scheme and host, and by what is connected to.

The host is checked on each address, redirects included. What its name resolves to is
checked on the very address that a socket is made for, so that no second answer of a
name server, and no odd spelling of an IP address, leads elsewhere.
"""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import quote

import httpx

from gateway.adapters.files.sockets import Address, Resolve
from gateway.plugin.errors import ForbiddenAddressError

_ODD = re.compile(r"[\\\s\x00-\x1f\x7f]|[^\x00-\x7f]")
_BEGINNING = re.compile(r"(?:https?:)?//[^/?#\\]*", re.IGNORECASE)
"""Scheme and host, which are taken as they are."""
_TO_ENCODE = re.compile(r" |[^\x00-\x7f]+")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_SITE_LOCAL = ipaddress.ip_network("fec0::/10")
_COMPATIBLE = ipaddress.ip_network("::/96")
_CLOSED = tuple(
    map(
        ipaddress.ip_network,
        (
            "168.63.129.16/32",  # Azure's own, for what runs there
            "192.0.0.0/24",  # protocols' own, Oracle's metadata among them
            "192.88.99.0/24",  # once relays to 6to4 (RFC 7526)
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)
"""What Python counts as global, but is nobody's media."""

_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


class Hosts:
    """The hosts that are allowed: `base_url`'s own, at its port, and patterns."""

    def __init__(self, base_url: str, patterns: Sequence[str]) -> None:
        self._base = httpx.URL(base_url)
        self._names = {_to_host(p) for p in patterns if not p.startswith("*.")}
        self._suffixes = tuple(_to_host(p[1:]) for p in patterns if p.startswith("*."))

    def check(self, address: str) -> httpx.URL:
        """Read an address that may be fetched from.

        Raises:
            ForbiddenAddressError: it may not.
        """
        address = self._spell(address)
        if _ODD.search(address):
            raise ForbiddenAddressError("an address in an odd spelling")
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL as error:
            raise ForbiddenAddressError("no address at all") from error
        if url.scheme not in {"http", "https"} or url.userinfo:
            raise ForbiddenAddressError("an address of a kind that is not fetched")
        if not self.is_base(url) and not self._is_named(
            _to_host(url.raw_host.decode())
        ):
            raise ForbiddenAddressError("a host that is not configured")
        return url

    def _spell(self, address: str) -> str:
        """Spell an address as browsers do: blanks and other letters percent-encoded.

        One that begins with a host has the scheme of `base_url`.
        """
        address = address.strip(" ")
        beginning = _BEGINNING.match(address)
        if beginning is None:
            return address
        host, rest = beginning[0], address[beginning.end() :]
        scheme = f"{self._base.scheme}:" if host.startswith("//") else ""
        return scheme + host + _TO_ENCODE.sub(_encode, rest)

    def is_base(self, url: httpx.URL) -> bool:
        """Return whether an address has the same origin as `base_url`."""
        return _to_origin(url) == _to_origin(self._base)

    def _is_named(self, host: str) -> bool:
        return host in self._names or (
            bool(self._suffixes) and host.endswith(self._suffixes)
        )


def to_guarded(to_addresses: Resolve) -> Resolve:
    """Find only such addresses of a host as anyone could reach."""

    async def find(host: str, port: int) -> Sequence[Address]:
        found = await to_addresses(host, port)
        public = [one for one in found if is_public(str(one[4][0]))]
        if found and not public:
            raise ForbiddenAddressError("an address that is not public")
        return public

    return find


def is_public(text: str) -> bool:
    """Return whether an IP address is one of the open Internet."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(map(_is_open, _unwrap(address)))


def _unwrap(address: _Ip) -> list[_Ip]:
    """Return an address, and those that are written inside of it."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    inner: list[_Ip | None] = [address.ipv4_mapped, address.sixtofour]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in _NAT64 or address in _COMPATIBLE:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    inner.extend(address.teredo or ())
    return [address, *(one for one in inner if one is not None)]


def _is_open(address: _Ip) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address in _SITE_LOCAL:
            return False
        if address in _NAT64:  # what is inside decides
            return True
    if any(address in network for network in _CLOSED):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def _encode(found: re.Match[str]) -> str:
    return quote(found[0].encode("utf-8", "replace"))


def _to_host(host: str) -> str:
    return host.lower().rstrip(".")


def _to_origin(url: httpx.URL) -> tuple[str, str, int]:
    port = url.port or (443 if url.scheme == "https" else 80)
    # as it is spelt: a host that cannot be decoded is still another one
    return url.scheme, _to_host(url.raw_host.decode()), port
