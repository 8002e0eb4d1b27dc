"""What `check` does: Redis, and each upstream with each tenant's credential."""

import time
from collections.abc import Awaitable
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from gateway.bootstrap import Gateway, build
from gateway.core.errors import GatewayError
from gateway.core.ports import Numbered
from gateway.core.query import Query
from gateway.service.credentials import Tenant
from gateway.service.gallery import Source
from gateway.settings import Settings


class Finding(NamedTuple):
    what: str
    detail: str
    is_good: bool = True
    seconds: float = 0.0


async def run(settings: Settings, *, is_offline: bool) -> bool:
    """Check, print a table, and tell whether all holds."""
    findings = [Finding("configuration", _summarize(settings))]
    if not is_offline:
        gateway = build(settings)
        try:
            findings += await _ask_all(gateway, has_redis=settings.redis is not None)
        finally:
            await gateway.services.close()
    _show(findings)
    return all(finding.is_good for finding in findings)


async def _ask_all(gateway: Gateway, *, has_redis: bool) -> list[Finding]:
    findings = []
    if has_redis:
        findings.append(await _find("redis", _ping(gateway)))
    for tenant in gateway.tenants:
        for source in gateway.services.gallery.sources(tenant):
            what = f"{source.name} for {tenant.name}"
            findings.append(await _find(what, _read_first(gateway, source, tenant)))
    return findings


async def _find(what: str, asked: Awaitable[str]) -> Finding:
    begun = time.perf_counter()
    try:
        detail, is_good = await asked, True
    except GatewayError as error:
        detail, is_good = f"{type(error).__name__}: {error}", False
    return Finding(what, detail, is_good, time.perf_counter() - begun)


async def _ping(gateway: Gateway) -> str:
    await gateway.store.ping()
    return "reachable"


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
    return f"{len(settings.tenants)} tenants; providers: {providers or 'none'}"


def _show(findings: list[Finding]) -> None:
    table = Table("what", "", "detail", "seconds")
    for finding in findings:
        verdict = "[green]good[/]" if finding.is_good else "[bold red]FAILED[/]"
        seconds = f"{finding.seconds:.2f}"
        table.add_row(finding.what, verdict, finding.detail, seconds)
    Console().print(table)
