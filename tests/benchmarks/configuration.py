"""Configuration files for measured gateways."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.settings import hash_key

KEY = "a-key-for-benchmarks"
SIGNING_KEY = "benchmarks-sign-with-these-32-bytes!"
HEADERS = {"Authorization": f"Bearer {KEY}"}

_CREDENTIALS = {
    "hyper3d": {"email": "demo@example.com", "password": "demo"},
    "avatar": {"email": "demo@example.com"},
    "piktid": {"token": "demo"},
}


def write(
    folder: Path,
    addresses: Mapping[str, str],
    *,
    cache: str,
    provider: str = "",
    tokens: Sequence[str] = (),
) -> Path:
    """Write a configuration over sandboxes; `tokens` make a tenant of Hyper3D each.

    `cache` is what `[cache]` holds, and tables after it; `provider` what each
    provider's table holds besides its address.
    """
    lines = [
        f'[secrets]\nsigning_keys = ["{SIGNING_KEY}"]',
        "[limits]\nrequests_per_minute = 1_000_000_000",
        f"[cache]\n{cache}",
        *(
            f"{_to_provider(name, address)}\n{provider}"
            for name, address in addresses.items()
        ),
        _to_tenant("bench", KEY),
        *(_to_table(name, _CREDENTIALS[name]) for name in addresses),
    ]
    for index, token in enumerate(tokens):
        lines.append(_to_tenant(f"t{index}", f"{KEY}{index}"))
        lines.append(_to_table("hyper3d", {"token": token}))
    path = folder / "gateway.toml"
    path.write_text("\n".join(lines))
    return path


def _to_provider(name: str, address: str) -> str:
    base = f"{address}/api" if name == "hyper3d" else address
    return f'[providers.{name}]\nbase_url = "{base}"\nallow_private_addresses = true'


def _to_tenant(name: str, key: str) -> str:
    hashed = hash_key(key)
    return (
        f'[[tenants]]\nname = "{name}"\n'
        f'[[tenants.keys]]\nname = "web"\nhash = "{hashed}"'
    )


def _to_table(provider: str, credential: Mapping[str, str]) -> str:
    pairs = "\n".join(f'{name} = "{value}"' for name, value in credential.items())
    return f"[tenants.credentials.{provider}]\n{pairs}"
