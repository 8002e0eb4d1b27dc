"""compose.yaml, read as Docker would; `deploy/proof` runs it."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    """The file, with its variables as they are by default."""
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    read: dict[str, Any] = yaml.safe_load(DEFAULT.sub(r"\1", text))
    return read


@pytest.fixture(scope="module")
def services(whole: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = whole["services"]
    return found


def in_profile(services: dict[str, dict[str, Any]], profile: str | None) -> set[str]:
    wanted = None if profile is None else [profile]
    return {name for name, one in services.items() if one.get("profiles") == wanted}


def mounts_of(service: dict[str, Any]) -> list[str]:
    return [volume.split(":")[0] for volume in service.get("volumes", [])]


def test_the_demo_is_the_gateway_and_three_sandboxes(
    services: dict[str, dict[str, Any]],
) -> None:
    assert in_profile(services, None) == {"nginx", "gateway-1", "gateway-2", "redis"}
    assert in_profile(services, "sandbox") == {"hyper3d", "avatar", "piktid"}
    assert in_profile(services, "observability") == {"prometheus", "grafana"}


def test_what_always_runs_waits_for_nothing_in_a_profile(
    services: dict[str, dict[str, Any]],
) -> None:
    always = in_profile(services, None)

    waits = {name: set(services[name].get("depends_on", [])) for name in always}

    assert waits["nginx"] == {"gateway-1", "gateway-2"}
    assert waits["gateway-1"] == waits["gateway-2"] == {"redis"}
    for name in always:
        for needed in services[name].get("depends_on", {}).values():
            assert needed == {"condition": "service_healthy"}


def test_every_service_is_bounded_and_may_write_nowhere_else(
    services: dict[str, dict[str, Any]],
) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == "unless-stopped", name
        assert {"mem_limit", "cpus", "pids_limit", "logging"} <= service.keys(), name
        assert not service.get("privileged"), name


def test_only_what_is_for_people_has_a_port_on_this_machine_alone(
    services: dict[str, dict[str, Any]],
) -> None:
    published = {name: one["ports"] for name, one in services.items() if "ports" in one}

    assert published.keys() == {"nginx", "prometheus", "grafana"}
    assert all(
        port.startswith("127.0.0.1:") for ports in published.values() for port in ports
    )


def test_redis_is_bounded_and_reached_by_the_gateways_alone(
    whole: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    command = " ".join(services["redis"]["command"])

    assert "--appendonly yes" in command
    assert "--maxmemory 256mb" in command
    assert "--requirepass" in command
    assert "REDIS_PASSWORD" in services["gateway-1"]["environment"]
    assert "--maxmemory-policy volatile-lru" in command
    assert whole["networks"]["cache"] == {"internal": True}
    assert {name for name, one in services.items() if "cache" in one["networks"]} == {
        *("redis", "gateway-1", "gateway-2")
    }


def test_nginx_knows_the_gateways_by_their_addresses(
    services: dict[str, dict[str, Any]],
) -> None:
    known = dict(line.split(":") for line in services["nginx"]["extra_hosts"])

    for name in ("gateway-1", "gateway-2"):
        front = services[name]["networks"]["front"]
        assert known[name] == front["ipv4_address"]
        assert front["aliases"] == ["gateway"]
    front = services["nginx"]["networks"]["front"]
    assert (
        services["gateway-1"]["environment"]["TRUSTED_PROXY"] == front["ipv4_address"]
    )


def test_it_mounts_only_what_is_there(
    whole: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    for name in in_profile(services, None) | in_profile(services, "sandbox"):
        for mount in mounts_of(services[name]):
            assert mount in whole["volumes"] or (DEPLOY / mount).exists(), mount


def test_what_is_observed_with_is_there(
    whole: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    for name in in_profile(services, "observability"):
        for mount in mounts_of(services[name]):
            assert mount in whole["volumes"] or (DEPLOY / mount).exists(), mount


def test_an_operators_secrets_are_not_for_git() -> None:
    secret = DEPLOY / "production" / "secrets" / "signing_key"

    ignored = subprocess.run(  # noqa: S603
        ["git", "check-ignore", "--quiet", secret],  # noqa: S607
        cwd=DEPLOY,
        check=False,
    )

    assert ignored.returncode in {0, 128}  # 128: not a clone
