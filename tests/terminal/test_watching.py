"""What is new: not what slipped up from below."""

from gateway.plugin.model import GalleryItem
from gateway.terminal.watching import Watch


def items(text: str) -> list[GalleryItem]:
    return [
        GalleryItem(id=f"a:{one}", provider="a", kind="image", status="ready")
        for one in text
    ]


def new(before: str, now: str) -> str:
    watch = Watch()
    watch.see(items(before))
    return "".join(item.id[2:] for item in watch.to_new(items(now)))


def test_what_stands_above_what_is_known_is_new() -> None:
    assert new("cba", "edcba") == "ed"
    assert new("cba", "cba") == ""
    assert new("", "cba") == "cba"


def test_what_a_late_source_brings_is_new() -> None:
    assert new("dba", "dcba") == "c"


def test_what_slipped_up_is_not() -> None:
    assert new("edc", "fdcba") == "f"
    assert new("edc", "edcba") == ""


def test_what_was_seen_is_known_when_it_stands_elsewhere() -> None:
    watch = Watch()
    watch.see(items("cb"))
    watch.see(items("a"))

    assert watch.to_new(items("bac")) == []
