"""Both shells over a real gateway: the gallery, its items, their files."""

import hashlib
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from gateway.client import (
    ForbiddenError,
    Gallery,
    GalleryPage,
    InvalidCursorError,
    InvalidParameterError,
    NotFoundError,
    UnauthorizedError,
    UnavailableError,
)
from tests.api.world import MINTER, READER, WRITER, World, ids_of
from tests.client.conftest import Open


def address_of(world: World) -> str:
    return str(world.gateway.base_url)


def test_a_page_has_what_the_gateway_answers(world: World, open_gallery: Open) -> None:
    gallery = open_gallery(address_of(world), READER)

    page = gallery.page(limit=3, provider="avatar", kind=["image", "video"])

    told = world.page([("limit", "3"), ("provider", "avatar")])
    assert isinstance(page, GalleryPage)
    assert [item.id for item in page.items] == ids_of([told])
    assert page.items[0].cover.url == told["items"][0]["cover"]["url"]
    following = gallery.page(
        limit=3, cursor=page.next_cursor, provider="avatar", kind=["image", "video"]
    )
    assert not {i.id for i in following.items} & {i.id for i in page.items}


def test_a_crawl_gives_every_item_once_in_order(
    world: World, open_gallery: Open
) -> None:
    gallery = open_gallery(address_of(world), READER)
    pages: list[GalleryPage] = []

    items = gallery.items(page_limit=50, on_page=pages.append)
    ids = [item.id for item in items]

    assert ids == ids_of(world.crawl([("limit", "50")]))
    assert set(ids) == set(world.truths())
    assert [len(page.items) for page in pages][:2] == [50, 50]
    assert (items.is_finished, items.complete, items.cursor) == (True, True, None)
    assert {source.state for source in items.sources} <= {"fresh", "stale"}


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 269])
def test_a_crawl_goes_on_from_any_item_in_a_gallery_of_its_own(
    world: World, open_gallery: Open, count: int
) -> None:
    first = open_gallery(address_of(world), READER).items(page_limit=50)
    given = [next(first).id for _ in range(count)]

    second = open_gallery(address_of(world), READER)
    rest = [item.id for item in second.items(cursor=first.cursor, page_limit=20)]

    assert given + rest == ids_of(world.crawl())


def test_a_page_may_begin_at_an_items_cursor(world: World, open_gallery: Open) -> None:
    gallery = open_gallery(address_of(world), READER)
    items = gallery.items(page_limit=10)
    given = [next(items).id for _ in range(4)]

    page = gallery.page(limit=10, cursor=items.cursor)

    told = ids_of(world.crawl())
    assert given + [item.id for item in page.items] == told[:10]
    assert gallery.page(limit=2, cursor=page.next_cursor).items[0].id == told[10]


def test_a_providers_own_filters_are_named_by_it(
    world: World, open_gallery: Open
) -> None:
    gallery = open_gallery(address_of(world), READER)

    featured = gallery.page(provider="hyper3d", hyper3d={"type": "Featured"})

    told = world.page([("provider", "hyper3d"), ("hyper3d.type", "Featured")])
    assert [item.id for item in featured.items] == ids_of([told])


def test_a_time_is_a_filter(world: World, open_gallery: Open) -> None:
    gallery = open_gallery(address_of(world), READER)
    newest = gallery.page(limit=30, provider="avatar").items
    bound = datetime.fromisoformat(newest[20].created_at)

    found = gallery.page(limit=100, provider="avatar", created_after=bound).items

    assert {item.id for item in newest[:21]} <= {item.id for item in found}
    assert all(item.created_at >= newest[20].created_at for item in found)


def test_one_item_has_all_its_assets(world: World, open_gallery: Open) -> None:
    gallery = open_gallery(address_of(world), READER)
    listed = gallery.page(limit=1, provider="piktid", assets_limit=0).items[0]

    item = gallery.item(listed.id, include="native")

    assert len(item.assets) == item.asset_count == listed.asset_count
    assert item.native is not None


def test_a_file_is_stored_under_its_name(
    world: World, open_gallery: Open, tmp_path: Path
) -> None:
    gallery = open_gallery(address_of(world), READER)
    asset = gallery.page(limit=1, provider="avatar").items[0].cover
    told: list[tuple[int, int | None]] = []

    path = gallery.download(
        asset,
        tmp_path / "it.jpg",
        on_progress=lambda done, all_: told.append((done, all_)),
    )

    content = world.get(asset.url, key=None).content
    assert path.read_bytes() == content
    assert told[-1] == (len(content), len(content))
    assert [one.name for one in tmp_path.iterdir()] == ["it.jpg"]


def test_a_smaller_picture_is_stored_by_its_link(
    world: World, open_gallery: Open, tmp_path: Path
) -> None:
    gallery = open_gallery(address_of(world), READER)
    asset = gallery.page(limit=1, provider="avatar").items[0].cover

    gallery.download(asset.thumbnail_url, tmp_path / "small.webp")

    assert (tmp_path / "small.webp").read_bytes()[8:12] == b"WEBP"


def test_a_half_file_of_another_process_is_gone_on_with(
    world: World, open_gallery: Open, tmp_path: Path
) -> None:
    gallery = open_gallery(address_of(world), READER)
    asset = gallery.page(limit=1, provider="avatar").items[0].cover
    whole = world.get(asset.url, key=None)
    (tmp_path / "it.jpg.part").write_bytes(whole.content[:1_000])
    (tmp_path / "it.jpg.part.etag").write_text(whole.headers["etag"])
    told: list[int] = []

    gallery.download(
        asset, tmp_path / "it.jpg", on_progress=lambda n, _: told.append(n)
    )

    digests = [
        hashlib.sha256(one).digest()
        for one in (whole.content, (tmp_path / "it.jpg").read_bytes())
    ]
    assert digests[0] == digests[1]
    assert told[0] > 1_000
    assert [one.name for one in tmp_path.iterdir()] == ["it.jpg"]


@pytest.mark.parametrize("etag", ['"another"', ""])
def test_a_half_file_of_another_version_is_not(
    world: World, open_gallery: Open, tmp_path: Path, etag: str
) -> None:
    gallery = open_gallery(address_of(world), READER)
    asset = gallery.page(limit=1, provider="avatar").items[0].cover
    (tmp_path / "it.jpg.part").write_bytes(b"x" * 1_000)
    (tmp_path / "it.jpg.part.etag").write_text(etag)

    gallery.download(asset, tmp_path / "it.jpg")

    assert (tmp_path / "it.jpg").read_bytes() == world.get(asset.url, key=None).content


def test_a_link_that_is_no_link_leaves_nothing_behind(
    world: World, open_gallery: Open, tmp_path: Path
) -> None:
    gallery = open_gallery(address_of(world), READER)

    with pytest.raises(ForbiddenError) as caught:
        gallery.download("/v1/media/forged/it.jpg", tmp_path / "it.jpg")

    assert caught.value.code == "forged-link"
    assert list(tmp_path.iterdir()) == []


def test_providers_tell_what_they_can_do(world: World, open_gallery: Open) -> None:
    gallery = open_gallery(address_of(world), READER)

    found = gallery.providers()

    assert [one.name for one in found] == ["hyper3d", "avatar", "piktid"]
    assert gallery.provider("avatar") == found[1]
    assert found[1].capabilities.delete
    assert "type" in found[0].filters["properties"]


def test_a_token_goes_where_a_key_goes(world: World, open_gallery: Open) -> None:
    gallery = open_gallery(address_of(world), MINTER)

    made = gallery.token(
        scopes=["gallery:read"],
        ttl_seconds=60,
        subject="user-17",
        credentials={"avatar": {"email": "demo@example.com"}},
    )
    user = open_gallery(address_of(world), made.token)

    assert made.scopes == ("gallery:read",)
    assert made.providers == ("avatar",)
    assert {item.provider for item in user.items()} == {"avatar"}
    with pytest.raises(ForbiddenError):
        user.token()
    with pytest.raises(ForbiddenError):
        user.delete(user.page(limit=1).items[0].id)


def test_what_is_wrong_with_a_token_is_told(world: World, open_gallery: Open) -> None:
    gallery = open_gallery(address_of(world), MINTER)

    with pytest.raises(InvalidParameterError) as caught:
        gallery.token(ttl_seconds=59, credentials={"nix": {}})
    with pytest.raises(ForbiddenError):
        gallery.token(scopes=["tokens:write"])

    assert "/ttl_seconds" in {fault.pointer for fault in caught.value.errors}


def test_a_deletion_is_done_with_the_right_key(
    own_world: World, open_gallery: Open
) -> None:
    gallery = open_gallery(address_of(own_world), WRITER)
    item = next(i for i in gallery.items(provider="avatar") if "delete" in i.actions)

    with pytest.raises(ForbiddenError):
        open_gallery(address_of(own_world), READER).delete(item.id)
    gallery.delete(item.id)

    assert item.id not in own_world.truth("avatar")


@pytest.mark.parametrize(
    ("method", "told", "error"),
    [
        ("page", {"limit": 101}, InvalidParameterError),
        ("page", {"nix": "x"}, InvalidParameterError),
        ("page", {"cursor": "nix"}, InvalidCursorError),
        ("item", {"item_id": "avatar:nix"}, NotFoundError),
        ("item", {"item_id": "a/../b?c#d"}, NotFoundError),
        ("provider", {"name": "nix"}, NotFoundError),
    ],
    ids=str,
)
def test_a_refusal_is_an_error_of_its_kind(
    world: World, open_gallery: Open, method: str, told, error
) -> None:
    gallery = open_gallery(address_of(world), READER)

    with pytest.raises(error) as caught:
        getattr(gallery, method)(**told)

    assert caught.value.request_id


def test_faults_are_told_one_by_one(world: World, open_gallery: Open) -> None:
    gallery = open_gallery(address_of(world), READER)

    with pytest.raises(InvalidParameterError) as caught:
        gallery.page(limit=0, kind="sound")

    assert {fault.parameter for fault in caught.value.errors} == {"limit", "kind"}


@pytest.mark.parametrize("key", [None, "wrong"])
def test_without_the_right_key_nothing_is_shown(
    world: World, open_gallery: Open, key: str | None
) -> None:
    with pytest.raises(UnauthorizedError):
        open_gallery(address_of(world), key).page()


def test_where_no_source_answers_the_crawl_waits_so_long(
    new_world: World, open_gallery: Open
) -> None:
    for name in ("hyper3d", "avatar", "piktid"):
        new_world.tell(name, "fail", status=500)
    gallery = open_gallery(address_of(new_world), READER)

    with pytest.raises(UnavailableError) as caught:
        next(gallery.items(wait_seconds=0))

    assert caught.value.retry_after_seconds
    assert len(caught.value.sources) == 3


def test_a_client_that_is_given_is_used_and_left_open(world: World) -> None:
    with httpx.Client(headers={"x-mine": "1"}) as http:
        with Gallery(address_of(world), READER, http=http) as gallery:
            assert gallery.page(limit=1).items
        assert not http.is_closed
