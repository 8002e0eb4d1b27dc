"""The public surface: all that a provider's package needs, and light to import."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gateway.plugin

REPOSITORY = Path(__file__).parents[2]
PACKAGES = {
    **{
        name: REPOSITORY / "providers" / name
        for name in ("hyper3d", "avatar", "piktid")
    },
    **{name: REPOSITORY / "tests" / "plugins" / name for name in ("offset", "tokened")},
}
HEAVY = {
    *("asyncio", "httpx", "litestar", "redis", "structlog", "granian"),
    *("cryptography", "PIL", "aiohttp", "socket", "threading"),
}


def to_sources(package: Path) -> Iterator[Path]:
    """A provider's files; its sandbox is an upstream, and no plugin."""
    for path in package.rglob("*.py"):
        if "sandbox" not in path.relative_to(package).parts:
            yield path


def to_imported(source: str) -> Iterator[str]:
    """The modules that are imported from."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize("package", PACKAGES.values(), ids=PACKAGES)
def test_a_providers_package_imports_the_surface_and_nothing_else_of_ours(
    package: Path,
) -> None:
    imported = {
        module
        for path in to_sources(package)
        for module in to_imported(path.read_text("utf-8"))
        if module.partition(".")[0] == "gateway"
    }

    assert imported == {"gateway.plugin"}


def test_the_surface_is_what_it_says() -> None:
    named = gateway.plugin.__all__

    assert len(set(named)) == len(named)
    assert [name for name in named if not hasattr(gateway.plugin, name)] == []


@pytest.mark.parametrize("module", ["gateway.plugin", "gateway.plugin.model"])
def test_the_surface_is_light_to_import(module: str) -> None:
    command = f"import sys, {module}; print(*sys.modules)"

    # who measures the coverage of processes loads a good deal into each
    unmeasured = {k: v for k, v in os.environ.items() if not k.startswith("COV")}

    loaded = subprocess.run(  # noqa: S603  # this Python, and what is named here
        [sys.executable, "-c", command],
        capture_output=True,
        check=True,
        text=True,
        env=unmeasured,
    ).stdout.split()

    assert module in loaded
    assert not HEAVY & set(loaded)
