"""Filters as parameters."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from gateway.client.core.query import to_query


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, ()),
        ({"provider": "a"}, (("provider", "a"),)),
        ({"kind": ["image", "video"]}, (("kind", "image"), ("kind", "video"))),
        ({"status": ("ready",), "q": None}, (("status", "ready"),)),
        ({"provider": []}, ()),
        ({"assets_limit": 0}, (("assets_limit", "0"),)),
        (
            {"hyper3d": {"type": "Featured", "tags": ["a", "b"], "x": None}},
            (
                ("hyper3d.type", "Featured"),
                ("hyper3d.tags", "a"),
                ("hyper3d.tags", "b"),
            ),
        ),
        ({"piktid": {"shared": True}}, (("piktid.shared", "true"),)),
        (
            {"created_after": datetime(2026, 1, 2, tzinfo=UTC)},
            (("created_after", "2026-01-02T00:00:00Z"),),
        ),
        (
            {
                "created_before": datetime(
                    2026, 1, 2, tzinfo=timezone(timedelta(hours=2))
                )
            },
            (("created_before", "2026-01-01T22:00:00Z"),),
        ),
    ],
)
def test_filters_are_spelt_as_parameters(filters, query) -> None:
    assert to_query(filters) == query


def test_a_time_without_a_zone_is_no_time() -> None:
    with pytest.raises(ValueError, match="created_after: a time needs a zone"):
        to_query({"created_after": datetime(2026, 1, 2)})  # noqa: DTZ001


def test_a_filter_that_is_none_is_told() -> None:
    with pytest.raises(TypeError, match="q: object is no filter"):
        to_query({"q": [object()]})  # type: ignore[list-item]
