"""The manifests under deploy/kubernetes, put together as kustomize does."""

import copy
from pathlib import Path
from typing import Any

import yaml

KUBERNETES = Path(__file__).parents[2] / "deploy" / "kubernetes"
Resource = dict[str, Any]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def base() -> list[Resource]:
    """Return the base's resources."""
    folder = KUBERNETES / "base"
    return [
        read(folder / name) for name in read(folder / "kustomization.yaml")["resources"]
    ]


def example() -> list[Resource]:
    """Return the example's resources: the base's as they are patched, and its own."""
    folder = KUBERNETES / "overlays" / "example"
    plan = read(folder / "kustomization.yaml")
    first, *own = plan["resources"]
    assert first == "../../base"
    resources = base()
    for patch in plan["patches"]:
        _patch(resources, read(folder / patch["path"]), patch.get("target"))
    return [*resources, *(read(folder / name) for name in own)]


def of_kind(resources: list[Resource], kind: str) -> Resource:
    (found,) = [one for one in resources if one["kind"] == kind]
    return found


def pod() -> Resource:
    """Return what the base's pods are."""
    template: Resource = of_kind(base(), "Deployment")["spec"]["template"]["spec"]
    return template


def container() -> Resource:
    (only,) = pod()["containers"]
    found: Resource = only
    return found


def _patch(resources: list[Resource], patch: Any, target: Resource | None) -> None:
    kind = target["kind"] if target else patch["kind"]
    resource = of_kind(resources, kind)
    if isinstance(patch, dict):
        _merge(resource, patch)
        return
    for step in patch:
        assert step["op"] == "replace"
        *way, last = step["path"].strip("/").split("/")
        inner: Any = resource
        for key in way:
            inner = inner[int(key) if isinstance(inner, list) else key]
        assert last in inner
        inner[last] = copy.deepcopy(step["value"])


def _merge(resource: Resource, patch: Resource) -> None:
    for key, value in patch.items():
        if isinstance(value, dict) and isinstance(resource.get(key), dict):
            _merge(resource[key], value)
        else:
            resource[key] = value
