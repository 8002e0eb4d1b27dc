"""A gateway over the costly upstream, with a tenant for each list that is named.

`entries+2` names another account with the list `entries`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.settings import hash_key
from tests.faults.costly_upstream import HYPER3D, running_costly_upstream
from tests.stack.gateways import Gateway, document, serve, write
from tests.stack.processes import starting_commands

_SECONDS = 30.0
"""Long enough for what costs most, on a busy machine."""


def key(name: str) -> str:
    return f"a-key-of-the-tenant-{name}"


@contextmanager
def running_costly_gateway(
    folder: Path, names: Sequence[str], **tables: object
) -> Iterator[Gateway]:
    """Run it without coverage in it, which takes time and memory."""
    with (
        running_costly_upstream() as address,
        starting_commands(folder) as commands,
    ):
        whole = document(
            {"avatar": address, "hyper3d": address},
            gallery={"deadline_seconds": _SECONDS, "patience_seconds": _SECONDS},
            limits={"requests_per_minute": 1_000_000},
            **tables,
        )
        for provider in whole["providers"].values():
            provider["timeout_seconds"] = _SECONDS
        whole["tenants"] = [_to_tenant(name) for name in names]
        yield serve(commands, write(folder, whole))


def _to_tenant(name: str) -> dict[str, Any]:
    email = f"{name}@example.com"
    credentials: dict[str, Any] = (
        {"hyper3d": {"email": email, "password": "demo"}}
        if name.partition("+")[0] in HYPER3D
        else {"avatar": {"email": email}}
    )
    keys = [{"name": "web", "hash": hash_key(key(name))}]
    return {"name": name.replace("+", "-"), "keys": keys, "credentials": credentials}
