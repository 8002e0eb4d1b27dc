"""The commands' options; what they do is in the files beside this one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.markup import escape

from gateway.client import Gallery, GatewayError
from gateway.client.core.query import Filter
from gateway.terminal import listing, running, verifying
from gateway.terminal.interruption import Interrupted, Interruptions
from gateway.terminal.output import Output

Url = Annotated[str, typer.Option(envvar="GALLERY_URL", help="Where the gateway is.")]
Key = Annotated[
    str | None,
    typer.Option(envvar="GALLERY_KEY", help="The key, or a token.", show_envvar=True),
]
Several = list[str] | None
DEFAULT_URL = "http://127.0.0.1:8000"


def register(app: typer.Typer) -> None:
    app.command("ls")(list_gallery)
    app.command()(run)
    app.command()(verify)


def list_gallery(  # noqa: PLR0913  # options
    *,
    url: Url = DEFAULT_URL,
    key: Key = None,
    provider: Annotated[Several, typer.Option(help="Only these.")] = None,
    kind: Annotated[Several, typer.Option(help="image, video or model.")] = None,
    status: Annotated[Several, typer.Option(help="As ready or processing.")] = None,
    q: Annotated[
        str | None, typer.Option(help="Words in title, prompt or file name.")
    ] = None,
    filters: Annotated[
        Several, typer.Option("--filter", help="PROVIDER.FILTER=VALUE.")
    ] = None,
    after: Annotated[
        str | None, typer.Option(help="Created then or later, as 2026-01-31.")
    ] = None,
    before: Annotated[str | None, typer.Option(help="Created before.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="How many items.  [default: 24]")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All items.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One item a line, as JSON.")
    ] = False,
    save_cursor: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Go on where the last one stopped."),
    ] = None,
    download: Annotated[
        Path | None, typer.Option(file_okay=False, help="Store the files here.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Tell what is new.")] = False,
) -> None:
    """List the gallery: newest first, with each source's state under it."""
    if everything and limit is not None:
        raise typer.BadParameter("--all and --limit exclude each other")
    if watch and save_cursor:
        raise typer.BadParameter("--watch and --save-cursor exclude each other")
    asked: dict[str, Filter] = {
        "provider": provider,
        "kind": kind,
        "status": status,
        "q": q,
        "created_after": _to_moment("--after", after),
        "created_before": _to_moment("--before", before),
        **_to_filters(filters or []),
    }
    wanted = listing.Wanted(
        filters={name: value for name, value in asked.items() if value},
        limit=None if everything else limit or listing.USUAL_LIMIT,
        as_json=as_json,
        cursor_file=save_cursor,
        folder=download,
        is_watching=watch,
    )
    with _exiting() as interruptions, _opening(url, key, is_anew=watch) as gallery:
        raise typer.Exit(listing.run(gallery, wanted, interruptions))


def run(  # noqa: PLR0913  # options
    provider: Annotated[str, typer.Argument(help="As avatar.")],
    operation: Annotated[
        str, typer.Argument(help="As generate; or a job's id, to follow it.")
    ],
    *,
    url: Url = DEFAULT_URL,
    key: Key = None,
    given: Annotated[
        str | None,
        typer.Option("--input", metavar="FILE|-", help="JSON, a picture or a sheet."),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the job.")] = False,
    timeout: Annotated[
        float, typer.Option(min=0, help="For how many seconds.")
    ] = running.USUAL_TIMEOUT_SECONDS,
    output: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False, help="Where the answer, or what a job made, goes."
        ),
    ] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(help="The same key carries it out once.")
    ] = None,
) -> None:
    """Carry out a provider's operation, or follow a job."""
    wanted = running.Wanted(
        provider=provider,
        operation=operation,
        body=running.to_body(_read(given)),
        timeout_seconds=timeout if wait or output else None,
        output=output,
        idempotency_key=idempotency_key,
    )
    with _exiting(), _opening(url, key) as gallery:
        raise typer.Exit(running.run(gallery, wanted))


def verify(
    *,
    url: Url = DEFAULT_URL,
    key: Key = None,
    crawls: Annotated[
        int, typer.Option(min=1, max=100, help="How many side by side.")
    ] = 8,
    seconds: Annotated[float, typer.Option(min=1, help="For how long.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Crawl a deployment over time, and tell whether the crawls' promises held."""
    with _exiting(), _opening(url, key) as gallery:
        gallery.providers()  # there is a gallery, and one for this key
        is_good = verifying.run(
            url, key, crawls=crawls, seconds=seconds, as_json=as_json
        )
        raise typer.Exit(0 if is_good else 1)


@contextmanager
def _opening(url: str, key: str | None, *, is_anew: bool = False) -> Iterator[Gallery]:
    """Open a gallery; one that `is_anew` is answered from no cache."""
    with httpx.Client(headers={"cache-control": "no-cache"} if is_anew else {}) as http:
        try:
            gallery = Gallery(url, key or None, http=http)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        yield gallery


@contextmanager
def _exiting() -> Iterator[Interruptions]:
    """Turn what ends a command early into its exit code and a word on it."""
    with Interruptions() as interruptions:
        try:
            yield interruptions
        except GatewayError as error:
            _tell(str(error))
            raise typer.Exit(1) from error
        except Interrupted as interrupted:
            raise typer.Exit(interrupted.exit_code) from interrupted
        except BrokenPipeError as error:
            Output.give_up()
            raise typer.Exit(0) from error
        except (OSError, TimeoutError) as error:
            _tell(str(error))
            raise typer.Exit(1) from error


def _tell(message: str) -> None:
    console = Console(stderr=True)
    console.print(f"[bold red]Failed:[/] {escape(message)}", soft_wrap=True)


def _read(name: str | None) -> bytes | None:
    """Read what goes out; `-` is the standard input."""
    if name is None:
        return None
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"--input: {error}") from error


def _to_moment(option: str, text: str | None) -> datetime | None:
    """Read a day or a time; without a zone it is in UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{option}: expected a day or a time, as 2026-01-31T12:00:00Z"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _to_filters(texts: list[str]) -> dict[str, list[str]]:
    filters: dict[str, list[str]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or "." not in name:
            raise typer.BadParameter("--filter: expected PROVIDER.FILTER=VALUE")
        filters.setdefault(name, []).append(value)
    return filters
