"""The commands, thin. Each loads what it needs alone: `ls` waits for no server's imports."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from gateway.plugin.errors import SettingsError
from gateway.terminal import commands

app = typer.Typer(
    name="gallery-gateway",
    help="One gallery API over many image, video and 3D generation services.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
_errors = Console(stderr=True)

Config = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration, a TOML file.")
]
Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")]
MaybeHost = Annotated[
    str | None, typer.Option(help="Instead of the configuration's host.")
]
MaybePort = Annotated[
    int | None,
    typer.Option(min=1, max=65535, help="Instead of the configuration's port."),
]
MaybeWorkers = Annotated[
    int | None, typer.Option(min=1, help="Instead of the configuration's workers.")
]


@app.command()
def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    *,
    opens: Annotated[
        bool, typer.Option("--open", help="Open the viewer in the browser.")
    ] = False,
) -> None:
    """Run the gateway over three sandbox upstreams: no Redis, no configuration."""
    from gateway import demo as demos

    with _telling_faults():
        asyncio.run(demos.run(host, port, opens=opens))


@app.command()
def serve(
    config: Config,
    host: MaybeHost = None,
    port: MaybePort = None,
    workers: MaybeWorkers = None,
) -> None:
    """Run the gateway."""
    from gateway import serve as serving
    from gateway.adapters import telemetry

    given = {"host": host, "port": port, "workers": workers}
    server = {name: value for name, value in given.items() if value is not None}
    telemetry.configure()
    with _telling_faults():
        is_well = serving.run(serving.Configuration(config, server))
    if not is_well:
        _errors.print("[bold red]Failed:[/] the workers cannot start, or stay up")
        raise typer.Exit(1)


@app.command()
def sandbox(
    name: Annotated[str, typer.Argument(help="hyper3d, avatar or piktid.")],
    host: Host = "127.0.0.1",
    port: Port = 9000,
) -> None:
    """Run one provider's sandbox upstream alone."""
    from gateway import demo as demos
    from gateway.adapters.plugins import find_sandboxes

    with _telling_faults():
        sandboxes = find_sandboxes()
        if name not in sandboxes:
            known = ", ".join(sorted(sandboxes))
            raise typer.BadParameter(f"there is no sandbox {name!r}, only: {known}")
        asyncio.run(demos.run_sandbox(name, sandboxes[name](), host, port))


@app.command()
def check(
    config: Config,
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Load the configuration only.")
    ] = False,
) -> None:
    """Check the configuration, Redis, and every upstream with each credential."""
    from gateway import check as checks
    from gateway.adapters.plugins import find_plugins
    from gateway.settings import load

    with _telling_faults():
        settings = load(config, find_plugins())
    if not asyncio.run(checks.run(settings, is_offline=offline)):
        raise typer.Exit(1)


@app.command()
def key(name: Annotated[str, typer.Argument(help="What to call the key.")]) -> None:
    """Make a new random key, and the hash of it for the configuration."""
    from gateway.settings import hash_key

    text = secrets.token_urlsafe(32)
    typer.echo(f"key:  {text}")
    typer.echo(f"hash: {hash_key(text)}")
    typer.echo("\nKeep the key; the configuration takes the hash:\n", err=True)
    table = f'[[tenants.keys]]\nname = {_quote(name)}\nhash = "{hash_key(text)}"'
    typer.echo(table, err=True)


def _quote(text: str) -> str:
    """Spell a text as TOML."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


commands.register(app)


@contextlib.contextmanager
def _telling_faults() -> Iterator[None]:
    """Turn what an operator can mend into a message and an exit code of 1."""
    try:
        yield
    except SettingsError as error:
        _errors.print("[bold red]The configuration is not right:[/]")
        for fault in error.faults:
            where, message = escape(fault.where), escape(fault.message)
            _errors.print(f"  [bold]{where}[/]: {message}", soft_wrap=True)
        raise typer.Exit(1) from error
    except OSError as error:
        _errors.print(f"[bold red]Failed:[/] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(1) from error
