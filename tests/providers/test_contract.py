"""What every plugin promises, each over a real socket against its sandbox."""

from importlib.metadata import entry_points

import msgspec
import pytest
from msgspec import structs

from gateway.plugin.errors import (
    MisbehavedError,
    RejectedError,
    UnauthorizedError,
    UnavailableError,
    UpstreamError,
)
from gateway.plugin.model import GalleryItem, to_item_id, to_native_id
from gateway.plugin.provider import Deletes, Entry, LooksUp, Plugin
from providers.avatar import PLUGIN as AVATAR
from providers.hyper3d import PLUGIN as HYPER3D
from providers.piktid import PLUGIN as PIKTID
from tests.providers.payloads import EMAIL, ITEM_ID, to_json
from tests.providers.stand import Stand

WHERE_ONE_LOGS_IN = pytest.mark.parametrize(
    "plugin", [HYPER3D, AVATAR], ids=["hyper3d", "avatar"], indirect=True
)
WHERE_ONE_LOOKS_UP = pytest.mark.parametrize(
    "plugin", [PIKTID], ids=["piktid"], indirect=True
)
SECRETS = ("joe@example.com", "hunter2")


def to_ids(items: list[GalleryItem]) -> list[str]:
    return [item.id for item in items]


async def test_the_whole_list_is_read_once(stand: Stand) -> None:
    items = await stand.read_items()

    expected = {to_item_id("studio", native_id) for native_id in await stand.ids()}
    assert len(items) == len(expected) == 240
    assert set(to_ids(items)) == expected


async def test_items_come_newest_first(stand: Stand) -> None:
    times = [item.created_at or "" for item in await stand.read_items()]

    assert all(times)
    assert times == sorted(times, reverse=True)


async def test_ids_match_the_contract(stand: Stand) -> None:
    items = await stand.read_items()

    assert all(ITEM_ID.fullmatch(item.id) for item in items)
    assert {item.provider for item in items} == {"studio"}


async def test_no_email_and_no_upstream_address_is_shown(stand: Stand) -> None:
    shown = "".join(to_json(item) for item in await stand.read_items())

    assert not EMAIL.search(shown)
    assert "://" not in shown
    assert "127.0.0.1" not in shown


async def test_items_survive_both_encodings(stand: Stand) -> None:
    items = await stand.read_items()

    assert items
    for item in items:
        packed = msgspec.msgpack.encode(item)
        spelt = msgspec.json.encode(item)

        assert msgspec.msgpack.decode(packed, type=GalleryItem) == item
        assert msgspec.json.decode(spelt, type=GalleryItem) == item


async def test_assets_are_told_apart_and_counted(stand: Stand) -> None:
    roles = ["output", "preview", "input"]

    items = await stand.read_items()

    assert items
    for item in items:
        ids = [asset.id for asset in item.assets]
        places = [roles.index(asset.role) for asset in item.assets]

        assert len(set(ids)) == len(ids) <= item.asset_count
        assert places == sorted(places)
        assert item.cover is None or item.cover in item.assets
        assert {asset.output_id for asset in item.assets} <= {None, *ids}


async def test_most_items_have_a_cover_and_native_fields(stand: Stand) -> None:
    items = await stand.read_items()

    assert sum(item.cover is not None for item in items) > len(items) / 2
    assert all(item.native is not None for item in items)


async def test_totals_are_told_where_they_are_promised(stand: Stand) -> None:
    totals = {page.total for page in await stand.read_pages()}

    has_totals = getattr(stand.to_listing().paging, "totals", False)
    assert totals == ({240} if has_totals else {None})


async def test_pages_are_of_the_size_that_they_are_said_to_be(stand: Stand) -> None:
    size = getattr(stand.to_listing().paging, "size", None)

    pages = await stand.read_pages()

    if size is not None:
        assert {len(page.entries) for page in pages[:-1]} <= {size}


async def test_a_page_past_the_end_is_empty(stand: Stand) -> None:
    page = await stand.provider.read(await stand.log_in(), stand.to_listing(), 99)

    assert not page.entries


async def test_kinds_are_among_those_promised(stand: Stand) -> None:
    kinds = {item.kind for item in await stand.read_items()}

    assert kinds == set(stand.plugin.kinds)


async def test_new_items_enter_at_the_top(stand: Stand) -> None:
    added = (await stand.tell("items", count=3))["ids"]

    items = await stand.read_items()

    newest = [to_item_id("studio", native_id) for native_id in reversed(added)]
    assert to_ids(items[:3]) == newest


async def test_deleted_items_are_gone(stand: Stand) -> None:
    gone = (await stand.ids())[::2]
    await stand.tell("delete", ids=gone)

    items = await stand.read_items()

    assert len(items) == 120
    assert not set(to_ids(items)) & {to_item_id("studio", one) for one in gone}


async def test_malformed_entries_cost_only_themselves(stand: Stand) -> None:
    await stand.tell("items", count=7, malformed=True)

    entries = await stand.read_entries()

    assert len(entries) == 247
    assert sum(entry.item is None for entry in entries) == 7
    assert all(entry.id for entry in entries)


async def test_the_same_page_read_twice_is_the_same(stand: Stand) -> None:
    token = await stand.log_in()

    first, second = await stand.read_first(token), await stand.read_first(token)

    assert [to_unsigned(entry) for entry in first.entries] == [
        to_unsigned(entry) for entry in second.entries
    ]
    assert structs.replace(first, entries=()) == structs.replace(second, entries=())


def to_unsigned(entry: Entry) -> Entry:
    """Leave out what an upstream signs its addresses with, anew each second."""
    media = [
        structs.replace(
            one,
            full=one.full and one.full.partition("?")[0],
            thumbnail=one.thumbnail and one.thumbnail.partition("?")[0],
        )
        for one in entry.media
    ]
    return Entry(entry.id, entry.item, tuple(media))


async def test_a_voided_token_is_unauthorized(stand: Stand) -> None:
    token = await stand.log_in()
    await stand.tell("void")

    with pytest.raises(UnauthorizedError):
        await stand.read_first(token)


async def test_a_made_up_token_is_unauthorized(stand: Stand) -> None:
    with pytest.raises(UnauthorizedError):
        await stand.read_first("made-up")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, RejectedError),
        (401, UnauthorizedError),
        (403, RejectedError),
        (408, UnavailableError),
        (429, UnavailableError),
        (500, UnavailableError),
        (503, UnavailableError),
    ],
)
async def test_a_failing_list_is_the_right_error(
    stand: Stand, status: int, error: type[UpstreamError]
) -> None:
    token = await stand.log_in()
    await stand.tell("fail", status=status, headers={"Retry-After": "7"})

    with pytest.raises(error) as caught:
        await stand.read_first(token)

    is_passing = error is UnavailableError
    assert caught.value.retry_after_seconds == (7.0 if is_passing else None)


@pytest.mark.parametrize(
    "body",
    ["", "null", "7", '"text"', "{", "<html></html>", '{"jobs": 7}', "[" * 100_000],
    ids=["empty", "null", "a number", "a text", "cut", "HTML", "other types", "deep"],
)
async def test_a_senseless_list_is_misbehaviour(stand: Stand, body: str) -> None:
    token = await stand.log_in()
    headers = {"Content-Type": "application/json"}
    await stand.tell("fail", status=200, headers=headers, body=body)

    with pytest.raises(MisbehavedError):
        await stand.read_first(token)


async def test_half_a_list_is_misbehaviour(stand: Stand) -> None:
    token = await stand.log_in()
    await stand.tell("fail", mode="truncate")

    with pytest.raises(MisbehavedError):
        await stand.read_first(token)


async def test_a_connection_that_breaks_is_unavailable(stand: Stand) -> None:
    token = await stand.log_in()
    await stand.tell("fail", mode="close")

    with pytest.raises(UnavailableError):
        await stand.read_first(token)


@WHERE_ONE_LOGS_IN
async def test_a_failing_login_is_not_a_refused_one(stand: Stand) -> None:
    await stand.tell("fail", status=503, headers={"Retry-After": "7"})

    with pytest.raises(UnavailableError) as caught:
        await stand.log_in()

    assert caught.value.retry_after_seconds == 7.0


@WHERE_ONE_LOGS_IN
async def test_a_wrong_credential_is_unauthorized(stand: Stand) -> None:
    credential = msgspec.structs.replace(stand.credential, email="no@example.com")

    with pytest.raises(UnauthorizedError):
        await stand.provider.login(credential)


@WHERE_ONE_LOOKS_UP
async def test_a_look_up_finds_what_is_there_alone(stand: Stand) -> None:
    assert isinstance(stand.provider, LooksUp)
    token, ids = await stand.log_in(), await stand.ids()

    found = await stand.provider.look_up(token, ids[100])
    absent = await stand.provider.look_up(token, "nowhere")

    listed = {entry.id: entry for entry in await stand.read_entries()}
    assert absent is None
    assert found == listed[to_item_id("studio", ids[100])]


async def test_what_says_that_it_can_be_deleted_can_be(stand: Stand) -> None:
    items = await stand.read_items()
    can_be = [item for item in items if "delete" in item.actions]

    assert bool(can_be) is isinstance(stand.provider, Deletes)
    if isinstance(stand.provider, Deletes):
        token = await stand.log_in()
        _, native_id = to_native_id(can_be[0].id) or ("", "")
        await stand.provider.delete(token, native_id)
        await stand.provider.delete(token, native_id)  # it is gone, which is no error
        assert can_be[0].id not in to_ids(await stand.read_items())


def test_a_plugin_is_found_by_its_entry_point(plugin: Plugin) -> None:
    (point,) = entry_points(group="gallery_gateway.providers", name=plugin.name)

    assert point.load() is plugin


def test_settings_and_filters_all_have_defaults(plugin: Plugin) -> None:
    assert msgspec.convert({}, plugin.settings) == plugin.settings()
    assert msgspec.convert({}, plugin.filters, strict=False) == plugin.filters()


def test_unknown_keys_are_refused_everywhere(plugin: Plugin) -> None:
    for struct in (plugin.settings, plugin.filters, plugin.credential):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"unheard_of": "1"}, struct, strict=False)


def test_every_filter_is_described(plugin: Plugin) -> None:
    schema = msgspec.json.schema(plugin.filters)["$defs"]["Filters"]

    for described in schema["properties"].values():
        assert described["description"]
        assert described["examples"]


def test_a_filter_refuses_words_that_it_does_not_know(plugin: Plugin) -> None:
    schema = msgspec.json.schema(plugin.filters)["$defs"]["Filters"]

    for name, described in schema["properties"].items():
        if "enum" in described:
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert({name: "unheard-of"}, plugin.filters, strict=False)


def test_the_examples_of_a_filter_are_good_values(plugin: Plugin) -> None:
    schema = msgspec.json.schema(plugin.filters)["$defs"]["Filters"]

    for name, described in schema["properties"].items():
        for example in described["examples"]:
            msgspec.convert({name: example}, plugin.filters)


def test_a_credential_does_not_show_itself(plugin: Plugin) -> None:
    fields = {"email": SECRETS[0], "password": SECRETS[1]}
    wanted = {name for name in fields if name in plugin.credential.__struct_fields__}
    chosen = {name: fields[name] for name in wanted} or {"token": SECRETS[1]}

    shown = repr(msgspec.convert(chosen, plugin.credential))

    assert not any(secret in shown for secret in SECRETS)
