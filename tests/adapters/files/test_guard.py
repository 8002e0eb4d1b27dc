import socket

import pytest
from hypothesis import given, strategies as st

from gateway.adapters.files.fetch import Fetch, Fetching
from gateway.adapters.files.guard import Hosts, is_public, to_guarded
from gateway.adapters.files.sockets import Address
from gateway.media.files import MediaCall
from gateway.plugin.errors import ForbiddenAddressError, UnavailableError
from tests.api.raw_upstream import JPEG, answering

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104  # not listened on
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "192.0.0.192",
    "168.63.129.16",
    "192.88.99.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "3fff::1",
    "100::1",
    "not an address",
]
ODD = [
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://localhost/",
    "http://evil.example/",
    "http://xn--a.deemos.example/",
    "http://cdn.deemos.com.evil.example/",
    "http://xdeemos.com/",
    "http://deemos.com/",
    "http://cdn.deemos.com@evil.example/",
    "http://evil.example\\@cdn.deemos.com/",
    "http://evil.example#@cdn.deemos.com/",
    "http://user:pass@cdn.deemos.com/",
    "http://cdn.deemos.com /",
    "http://cdn.deemos.com\t/",
    "http://cdn\u3002deemos.com/",
    "http://\uff43dn.deemos.com/",
    "//evil.example/",
    "///etc/passwd",
    "ftp://cdn.deemos.com/",
    "file:///etc/passwd",
    "gopher://cdn.deemos.com/",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "http://",
    "http:///",
    "",
    "http://api.example:81/",
    "https://api.example/",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/",
]


class Names:
    """Gives one address after the other, the last one again and again."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self.asked = 0

    async def find(self, host: str, port: int) -> list[Address]:
        self.asked += 1
        address = self.addresses[0]
        if len(self.addresses) > 1:
            self.addresses.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, host, (address, port))]


def create(names: Names | None = None, *, is_private: bool = False) -> Fetch:
    fetching = Fetching(
        base_url="http://api.example",
        media_hosts=("*.deemos.com", "cdn.example"),
        allow_private_addresses=is_private,
        timeout_seconds=3.0,
    )
    return Fetch(fetching, names.find) if names else Fetch(fetching)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"]
)
def test_a_public_address_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ODD)
async def test_an_address_that_is_not_configured_is_not_asked(address: str) -> None:
    fetch = create(is_private=True)

    with pytest.raises(ForbiddenAddressError):
        await fetch.open(MediaCall(address=address or "http:"))

    await fetch.aclose()


@pytest.mark.parametrize(
    "address",
    [
        "https://cdn.deemos.com/a",
        "https://a.b.deemos.com:8443/a?x=%2F",
        "http://CDN.Example./a",
        "http://api.example/a",
        "http://api.example:80/a",
    ],
)
def test_configured_hosts_are_allowed_by_whole_labels(address: str) -> None:
    hosts = Hosts("http://api.example", ("*.deemos.com", "cdn.example"))

    assert str(hosts.check(address)).startswith("http")


@pytest.mark.parametrize(
    ("address", "spelt"),
    [
        ("https://cdn.example/a b/ü.jpg?x=y z", "https://cdn.example/a%20b/%C3%BC.jpg?x=y%20z"),
        (" https://cdn.example/a%20b ", "https://cdn.example/a%20b"),
        ("//cdn.example/a", "http://cdn.example/a"),
        ("HTTPS://cdn.example/\U0001f600", "https://cdn.example/%F0%9F%98%80"),
    ],
)  # fmt: skip
def test_an_address_is_spelt_as_browsers_do(address: str, spelt: str) -> None:
    hosts = Hosts("http://api.example", ("cdn.example",))

    assert str(hosts.check(address)) == spelt


@given(
    st.sampled_from(["http://", "https://", "//", " //", "http:", ""]),
    st.text(alphabet=" \\/@:.#?\t\n%aé\u3002", max_size=12),
    st.sampled_from(["cdn.example", "evil.example", "cdn.example@evil.example"]),
    st.text(alphabet=" \\/@:.#?%aé", max_size=12),
)
def test_however_it_is_spelt_only_a_configured_host_is_asked(
    scheme: str, odd: str, host: str, rest: str
) -> None:
    hosts = Hosts("http://api.example", ("cdn.example",))

    try:
        url = hosts.check(scheme + odd + host + rest)
    except ForbiddenAddressError:
        return

    assert url.host.rstrip(".") in {"cdn.example", "api.example"}
    assert not url.userinfo
    assert url.scheme in {"http", "https"}


async def test_a_name_that_leads_to_a_private_address_is_refused() -> None:
    with answering(b"content-length: 1", b"x") as raw:
        fetch = create(Names("127.0.0.1"))
        call = MediaCall(address=f"http://cdn.example:{raw.port}/a")

        with pytest.raises(ForbiddenAddressError):
            await fetch.open(call)

        await fetch.aclose()


async def test_the_checked_address_is_the_one_connected_to() -> None:
    with answering(b"content-length: 1", b"x") as raw:
        names = Names("192.0.2.1", "127.0.0.1")
        fetch = create(names)

        for times_asked in (1, 2):
            with pytest.raises(ForbiddenAddressError):
                await fetch.open(MediaCall(address=f"http://cdn.example:{raw.port}/a"))
            assert names.asked == times_asked

        await fetch.aclose()
        assert raw.connections == 0


async def test_a_public_address_is_connected_to_though_another_is_private() -> None:
    async def find(host: str, port: int) -> list[Address]:
        names = ("127.0.0.1", "8.8.8.8")
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, host, (n, port)) for n in names]

    found = await to_guarded(find)("cdn.example", 443)

    assert [address[4] for address in found] == [("8.8.8.8", 443)]


async def test_an_on_premises_upstream_may_be_private() -> None:
    with answering(b"content-length: %d" % len(JPEG), JPEG) as raw:
        fetch = create(Names("127.0.0.1"), is_private=True)

        answer = await fetch.open(MediaCall(address=f"http://cdn.example:{raw.port}/a"))
        got = b"".join([chunk async for chunk in answer.chunks()])

        assert got == JPEG
        await answer.aclose()
        await fetch.aclose()


async def test_a_refused_connection_is_no_forbidden_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    fetch = create(Names("127.0.0.1"), is_private=True)

    with pytest.raises(UnavailableError):
        await fetch.open(MediaCall(address=f"http://cdn.example:{port}/a"))

    await fetch.aclose()
