"""What text must look like in the configuration, and its one spelling.

Each `Check` stands in an `Annotated` type beside msgspec's own `Meta`. Messages
say what was expected, never what was found: that may be a secret.
"""

import hashlib
import ipaddress
import re
import ssl
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from gateway.settings.redis_address import AddressError, to_redis_address

SIGNING_KEY_BYTES = 32

_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9_-]+")
_HOST_PATTERN = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|[0-9A-Fa-f:.]+")
_ORIGIN = re.compile(r"https?://[^\s/?#@,]+|\*")
_HOST = re.compile(r"[\w-]*\w[\w-]*(\.[\w-]*\w[\w-]*)*\.?")


class FaultError(ValueError):
    """What is expected in particular; never what was found: that may be a secret."""


class Check(Struct, frozen=True):
    """A rule that msgspec has no word for; `read` gives the value or a ValueError."""

    expected: str
    read: Callable[[str], str]


def hash_key(text: str) -> str:
    """Return the form in which the configuration holds a caller's key."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass"))
    return f"sha256:{digest.hexdigest()}"


def is_provider_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError
        return text

    return read


def _to_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not _has_good_host(parts):
        raise ValueError
    if "@" in parts.netloc or "?" in text or "#" in text or _has_blanks(text):
        raise ValueError
    return text.rstrip("/")


def _has_good_host(parts: SplitResult) -> bool:
    # `port` raises the ValueError itself when it is no port
    return _is_host(parts.hostname or "") and parts.port != 0


def _is_host(host: str) -> bool:
    """Return whether it is a name, or an address; one of IPv6 stands for itself."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).version > 0
    except ValueError:
        return _HOST.fullmatch(host) is not None


def _has_blanks(text: str) -> bool:
    return any(letter.isspace() or not letter.isprintable() for letter in text)


def _to_public_address(text: str) -> str:
    return _to_address(text) if text else ""


def _to_redis_address(text: str) -> str:
    try:
        to_redis_address(text)
    except AddressError as error:
        raise FaultError(str(error)) from error
    return text


def _to_network(text: str) -> str:
    return str(ipaddress.ip_network(text))


def _to_certificates(text: str) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if text:
            context.load_verify_locations(cafile=text)
    except OSError as error:
        raise ValueError from error
    return text


def _to_signing_key(text: str) -> str:
    if len(text.encode()) < SIGNING_KEY_BYTES:
        raise ValueError
    return text


ADDRESS = Check("an http or https address without user, query or #", _to_address)
PUBLIC_ADDRESS = Check(
    "nothing, or an http or https address without user, query or #",
    _to_public_address,
)
REDIS_ADDRESS = Check(
    "a redis://, rediss:// or unix:// address, or one with +sentinel or +cluster",
    _to_redis_address,
)
NETWORK = Check("an address or a network such as 10.0.0.0/8", _to_network)
ORIGIN = Check(
    "an origin such as https://app.example.com, without a path", _matching(_ORIGIN)
)
HOST_PATTERN = Check(
    "a host name such as cdn.example.com or *.example.com", _matching(_HOST_PATTERN)
)
CERTIFICATES = Check("nothing, or a file of certificates (PEM)", _to_certificates)
KEY_HASH = Check(
    "sha256: and 64 lower-case hex digits, as `gallery-gateway key` prints them",
    _matching(_HASH),
)
SIGNING_KEY = Check(f"{SIGNING_KEY_BYTES} bytes or more", _to_signing_key)
