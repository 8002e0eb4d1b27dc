"""What `redis.url` says: which kind of Redis it is, and at which servers it is found."""

import ipaddress
import re
from typing import Literal, NoReturn, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit

from msgspec import Struct

RedisKind: TypeAlias = Literal["single", "sentinel", "cluster"]

_KINDS: dict[str, RedisKind] = {
    "": "single",
    "sentinel": "sentinel",
    "cluster": "cluster",
}
_PORTS = {"single": 6379, "sentinel": 26379, "cluster": 6379}
_PARTS = re.compile(
    r"([a-z]+)(?:\+([a-z]+))?://(?:([^/?#]*)@)?([^/?#]*)(.*)", re.DOTALL
)
_HOST = re.compile(r"[\w-]*\w[\w-]*(\.[\w-]*\w[\w-]*)*\.?")
_DATABASE = re.compile(r"[0-9]{1,5}")
_SERVICE = re.compile(r"[\w.-]+")
_CERTIFICATES = ("none", "optional", "required")
_TLS_OPTIONS = {"ssl_ca_certs", "ssl_certfile", "ssl_cert_reqs", "ssl_keyfile"}
_OPTIONS = {"redis": {"db"}, "unix": {"db"}, "rediss": {"db"} | _TLS_OPTIONS}


class AddressError(ValueError):
    """What is expected of an address; never what was found: that may be a secret."""


class RedisAddress(Struct, frozen=True, kw_only=True):
    """`servers` are those to begin with: the one, the sentinels, or some of the nodes.

    Each is an address that redis-py reads, with user and password.
    """

    kind: RedisKind
    servers: tuple[str, ...]
    service: str = ""
    scheme: str
    login: str
    tail: str
    shown: str

    def at(self, host: str, port: int) -> str:
        """Return the address of another server, for the same user and database."""
        place = f"[{host}]" if ":" in host else host
        return f"{self.scheme}://{self.login}{place}:{port}{self.tail}"

    def __repr__(self) -> str:
        return f"RedisAddress({self.shown!r})"


def to_redis_address(text: str) -> RedisAddress:
    """Read an address.

    Raises:
        AddressError: something about it is wrong.
    """
    scheme, suffix, login, places, tail = _to_parts(text)
    kind = _KINDS[suffix]
    service = ""
    if kind == "sentinel":
        service, tail = _to_service(tail)
    if kind == "cluster" and not _is_first_database(tail):
        _expect("no database but 0 in a redis+cluster:// address")
    if kind == "single" and "," in places:
        _expect("one server; several are for redis+sentinel:// and redis+cluster://")
    own = tail if kind != "sentinel" else _without_database(tail)
    found = [_to_place(place, kind, scheme) for place in places.split(",")]
    for place in found:
        _check_server(f"{scheme}://{login}{place}{tail}")
    servers = tuple(f"{scheme}://{login}{place}{own}" for place in found)
    return RedisAddress(
        kind=kind,
        servers=servers,
        service=service,
        scheme=scheme,
        login=login,
        tail=tail,
        shown=_to_shown(scheme, suffix, places, service, tail),
    )


def _to_parts(text: str) -> tuple[str, str, str, str, str]:
    if any(letter.isspace() or not letter.isprintable() for letter in text):
        _expect("an address without blanks")
    parts = _PARTS.fullmatch(text)
    scheme, suffix = (parts[1], parts[2] or "") if parts else ("", "")
    if parts is None or scheme not in _OPTIONS or suffix not in _KINDS:
        _expect(
            "a redis://, rediss:// or unix:// address,"
            " or redis+sentinel://, redis+cluster:// and the same of rediss"
        )
    if scheme == "unix" and suffix:
        _expect("redis+ or rediss+ before sentinel and cluster, for they have hosts")
    login = "" if parts[3] is None else f"{parts[3]}@"
    return scheme, suffix, login, parts[4], parts[5]


def _to_service(tail: str) -> tuple[str, str]:
    """Part the master's name from the rest."""
    path, mark, options = tail.partition("?")
    service, _, database = path.removeprefix("/").partition("/")
    if not _SERVICE.fullmatch(service):
        _expect("the master's name behind the servers: redis+sentinel://H:P,H:P/NAME/0")
    return service, f"/{database}{mark}{options}"


def _without_database(tail: str) -> str:
    """Leave options alone: a sentinel has no databases."""
    options = dict(parse_qsl(tail.partition("?")[2], keep_blank_values=True))
    options.pop("db", None)
    return f"?{urlencode(options)}" if options else ""


def _is_first_database(tail: str) -> bool:
    path, _, options = tail.partition("?")
    named = {path.removeprefix("/") or "0", dict(parse_qsl(options)).get("db", "0")}
    return named == {"0"}


def _to_place(place: str, kind: RedisKind, scheme: str) -> str:
    """Give a server its port, where the address has none."""
    has_port = place.rpartition("]")[2].count(":") > 0
    return place if has_port or scheme == "unix" else f"{place}:{_PORTS[kind]}"


def _check_server(server: str) -> None:
    try:
        parts = urlsplit(server)
        is_there = bool(parts.path) if parts.scheme == "unix" else _has_host(server)
    except ValueError:
        is_there = False
    if not is_there:
        _expect(
            "each server as HOST:PORT, in redis://HOST:PORT or"
            " redis+cluster://HOST:PORT,HOST:PORT, and unix:// with a path"
        )
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    # redis-py meets an option that it does not know with its first command only
    if options.keys() - _OPTIONS[parts.scheme] or parts.fragment:
        _expect("options only db, and rediss' ssl_*")
    if options.get("ssl_cert_reqs", "required") not in _CERTIFICATES:
        _expect(
            "rediss' ssl_cert_reqs (of rediss' ssl_*) to be none, optional or required"
        )
    path = "" if parts.scheme == "unix" else parts.path.removeprefix("/")
    if not all(map(_DATABASE.fullmatch, (options.get("db", "0"), path or "0"))):
        _expect("a database by its number")


def _has_host(server: str) -> bool:
    """Return whether there is one; a ValueError tells of a port that is none."""
    parts = urlsplit(server)
    host = parts.hostname or ""
    if parts.port == 0:
        return False
    try:
        return ipaddress.ip_address(host.partition("%")[0]).version > 0
    except ValueError:
        return _HOST.fullmatch(host) is not None


def _to_shown(scheme: str, suffix: str, places: str, service: str, tail: str) -> str:
    """Spell it without user, password and options."""
    kind = f"+{suffix}" if suffix else ""
    name = f"/{service}" if service else ""
    return f"{scheme}{kind}://{places}{name}{tail.partition('?')[0]}"


def _expect(what: str) -> NoReturn:
    raise AddressError(what)
