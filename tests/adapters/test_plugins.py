"""Finding plugins: what is installed, and what a broken package is told."""

from importlib.metadata import Distribution, EntryPoint, distribution

import pytest

from gateway.adapters.plugins import (
    PROVIDERS_GROUP,
    SANDBOXES_GROUP,
    find_plugins,
    find_sandboxes,
)
from gateway.plugin.errors import SettingsError
from tests.fakes import fake_plugin

GOOD = fake_plugin("good")
RENAMED = fake_plugin("another")
NOT_A_PLUGIN = "text"


def a_sandbox() -> str:
    return "app"


def _point(name: str, value: str, group: str = PROVIDERS_GROUP) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=group)


def _of_this_project(point: EntryPoint) -> EntryPoint:
    package: Distribution = distribution("gallery-gateway")
    vars(point).update(dist=package)
    return point


def test_a_plugin_is_found_under_its_name():
    found = find_plugins([_point("good", f"{__name__}:GOOD")])

    assert found == {"good": GOOD}


def test_the_same_entry_point_seen_twice_is_no_clash():
    point = _point("good", f"{__name__}:GOOD")

    found = find_plugins([point, point])

    assert found == {"good": GOOD}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("gone", "no_such_package:PLUGIN", "ModuleNotFoundError"),
        ("empty", f"{__name__}:NO_SUCH_NAME", "AttributeError"),
        (
            "text",
            f"{__name__}:NOT_A_PLUGIN",
            "expected a gateway.plugin.provider.Plugin",
        ),
        ("wrong", f"{__name__}:RENAMED", "expected a plugin named wrong"),
    ],
)
def test_a_broken_plugin_is_named_with_the_reason(name: str, value: str, message: str):
    with pytest.raises(SettingsError) as caught:
        find_plugins([_point(name, value)])

    (fault,) = caught.value.faults
    assert fault.where == f"entry point {name} = {value} (unknown distribution)"
    assert message in fault.message


def test_a_broken_plugin_is_named_with_its_distribution():
    point = _of_this_project(_point("gone", "no_such_package:PLUGIN"))

    with pytest.raises(SettingsError) as caught:
        find_plugins([point])

    assert "(gallery-gateway)" in caught.value.faults[0].where


def test_two_plugins_of_one_name_are_both_named():
    first = _point("good", f"{__name__}:GOOD")
    second = _point("good", f"{__name__}:RENAMED")

    with pytest.raises(SettingsError) as caught:
        find_plugins([first, second])

    (fault,) = caught.value.faults
    assert f"{__name__}:RENAMED" in fault.where
    assert f"{__name__}:GOOD" in fault.message


def test_all_broken_plugins_are_told_at_once():
    points = [_point(name, "no_such_package:PLUGIN") for name in ("one", "two")]

    with pytest.raises(SettingsError) as caught:
        find_plugins(points)

    assert len(caught.value.faults) == 2


def test_a_sandbox_is_found_under_its_name():
    found = find_sandboxes([_point("good", f"{__name__}:a_sandbox", SANDBOXES_GROUP)])

    assert found["good"]() == "app"


def test_a_sandbox_that_cannot_be_called_is_refused():
    point = _point("text", f"{__name__}:NOT_A_PLUGIN", SANDBOXES_GROUP)

    with pytest.raises(SettingsError, match="expected a callable"):
        find_sandboxes([point])
