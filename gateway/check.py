"""What `check` does: who may do what, Redis, each upstream with each tenant's credential."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway.accounts.credentials import Tenant
from gateway.adapters import telemetry
from gateway.bootstrap import Gateway, build
from gateway.gallery.gallery import Source
from gateway.plugin.errors import GatewayError
from gateway.plugin.operations import Operation
from gateway.plugin.provider import Numbered
from gateway.plugin.query import Query
from gateway.settings import Settings
from gateway.settings.redis_address import to_redis_address

_PIPED_WIDTH = 200


class Finding(NamedTuple):
    what: str
    detail: str
    is_good: bool = True
    seconds: float = 0.0


async def run(settings: Settings, *, is_offline: bool) -> bool:
    """Check, print a table, and tell whether all holds."""
    telemetry.configure(level=logging.WARNING)
    findings = [Finding("configuration", _summarize(settings))]
    gateway = build(settings)
    findings += _find_offered(gateway.services.carrying.operations.all)
    findings += _find_keys(settings)
    findings += _find_shared(gateway.tenants)
    if not is_offline:
        try:
            findings += await asyncio.gather(*_ask_all(gateway, settings))
        finally:
            await gateway.services.close()
    _show(findings)
    return all(finding.is_good for finding in findings)


def _find_offered(offered: Mapping[str, Sequence[Operation]]) -> Iterator[Finding]:
    """Yield what each provider can do besides its list, by the scopes that it takes."""
    for provider, operations in offered.items():
        names: defaultdict[str, list[str]] = defaultdict(list)
        for operation in operations:
            names[operation.scope].append(operation.name)
        offers = [f"{scope}: {', '.join(own)}" for scope, own in names.items()]
        if offers:
            yield Finding(f"operations of {provider}", "; ".join(offers))


def _find_keys(settings: Settings) -> Iterator[Finding]:
    for tenant in settings.tenants:
        for key in tenant.keys:
            scopes = ", ".join(key.scopes) or "no scope"
            until = "" if key.expires is None else f", until {key.expires}"
            yield Finding(f"key {key.name} of {tenant.name}", f"{scopes}{until}")


def _find_shared(tenants: Sequence[Tenant]) -> Iterator[Finding]:
    """Yield which tenants see the same upstream user's items, and use one login."""
    users: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for tenant in tenants:
        for provider, account in tenant.accounts.items():
            users[provider, account.key].append(tenant.name)
    for (provider, _), names in users.items():
        if len(names) > 1:
            yield Finding(provider, f"one account for {', '.join(names)}")


def _ask_all(gateway: Gateway, settings: Settings) -> Iterator[Awaitable[Finding]]:
    if settings.redis is not None:
        yield _find(
            "redis",
            to_redis_address(settings.redis.url).shown,
            gateway.describe_store(),
        )
    addresses = {one.name: one.upstream.base_url for one in settings.providers}
    for tenant in gateway.tenants:
        for source in gateway.services.gallery.sources(tenant):
            what = f"{source.name} for {tenant.name}"
            asked = _read_first(gateway, source, tenant)
            yield _find(what, addresses[source.name], asked)


async def _find(what: str, where: str, asked: Awaitable[str]) -> Finding:
    begun = time.perf_counter()
    try:
        detail, is_good = await asked, True
    except GatewayError as error:
        kind = type(error).__name__.removesuffix("Error").lower()
        detail, is_good = f"{kind}: {error} ({where})", False
    return Finding(what, detail, is_good, time.perf_counter() - begun)


async def _read_first(gateway: Gateway, source: Source, tenant: Tenant) -> str:
    listing = source.provider.listing(Query(), source.plugin.filters())
    first = listing.paging.first if isinstance(listing.paging, Numbered) else ""
    account = tenant.accounts[source.name]
    page = await gateway.calls.read(account, listing, first)
    skipped = sum(entry.item is None for entry in page.entries)
    odd = f", {skipped} not understood" if skipped else ""
    return f"login and first page: {len(page.entries)} entries{odd}"


def _summarize(settings: Settings) -> str:
    providers = ", ".join(provider.name for provider in settings.providers)
    tenants = ", ".join(tenant.name for tenant in settings.tenants)
    return f"providers: {providers or 'none'}; tenants: {tenants or 'none'}"


def _show(findings: list[Finding]) -> None:
    table = Table("what", "", "detail", "seconds")
    for finding in findings:
        verdict = "[green]good[/]" if finding.is_good else "[bold red]FAILED[/]"
        what, detail = escape(finding.what), escape(finding.detail)
        table.add_row(what, verdict, detail, f"{finding.seconds:.2f}")
    console = Console()
    if not console.is_terminal:
        console.width = _PIPED_WIDTH  # nobody's window: keep a row on its line
    console.print(table)
