"""A plugin of somebody else's, installed beside the gateway and not changed by us."""

from pathlib import Path

import pytest

from tests.plugins.conftest import COUNT, HERE, NAMES, Install, configure
from tests.plugins.upstream import Upstream
from tests.stack.gateways import Gateway, ids_of, write
from tests.stack.processes import Commands


def crawl_while_it_moves(
    gateway: Gateway, upstream: Upstream, **parameters: object
) -> list[str]:
    """Insert one and delete one that is not read yet, between any two pages."""
    page = gateway.page(limit=9, **parameters)
    ids = ids_of(page)
    while page["next_cursor"] is not None:
        upstream.insert()
        unread = [n for n in upstream.serials if n % 5 == 0 and not is_in(ids, n)]
        if unread:
            upstream.delete(unread[0])
        page = gateway.page(page["next_cursor"], limit=9, **parameters)
        ids += ids_of(page)
    assert page["complete"], page["sources"]
    return ids


def is_in(ids: list[str], serial: int) -> bool:
    return any(item_id.endswith(f":n{serial}") for item_id in ids)


@pytest.mark.parametrize("providers", [("tokened",), ("offset",), NAMES])
def test_a_crawl_gives_each_item_once_while_the_list_moves(
    gateway: Gateway, upstream: Upstream, providers: tuple[str, ...]
) -> None:
    before = set(upstream.serials)

    ids = crawl_while_it_moves(gateway, upstream, provider=list(providers))

    stayed = before & set(upstream.serials)
    assert len(ids) == len(set(ids))
    assert {f"{name}:n{n}" for name in providers for n in stayed} <= set(ids)
    assert len(stayed) < COUNT


def test_its_providers_and_their_filters_are_shown(gateway: Gateway) -> None:
    shown = gateway.get("/v1/providers").json()["providers"]

    by_name = {provider["name"]: provider for provider in shown}
    assert list(by_name) == list(NAMES)
    assert by_name["tokened"]["title"] == "A gallery with tokens"
    assert by_name["tokened"]["capabilities"]["kinds"] == ["image"]
    tag = by_name["tokened"]["filters"]["properties"]["tag"]
    assert tag["description"] == "Only pictures with this tag"


def test_its_own_filter_is_passed_on(gateway: Gateway, upstream: Upstream) -> None:
    page = gateway.page(limit=100, provider="tokened", **{"tokened.tag": "even"})

    even = [f"tokened:n{n}" for n in upstream.serials if n % 2 == 0]
    assert ids_of(page) == even


def test_a_plugin_that_cannot_start_ends_the_gateway_with_the_reason(
    commands: Commands, install: Install, upstream: Upstream, tmp_path: Path
) -> None:
    environment = install(HERE / "tokened")
    source = Path(environment["PYTHONPATH"]) / "tokened" / "__init__.py"
    broken = "        raise RuntimeError('no s3cret@example.com today')\n"
    begin = "http: Http) -> None:\n"
    source.write_text(source.read_text().replace(begin, begin + broken))
    whole = configure(upstream)
    del whole["providers"]["offset"], whole["tenants"][0]["credentials"]["offset"]

    command = commands.start(
        "serve", "--config", write(tmp_path, whole), environment=environment
    )

    ended = command.wait()
    assert ended.code == 1
    assert "worker.failed" in ended.err
    assert "RuntimeError" in ended.err
    assert "s3cret" not in ended.err
