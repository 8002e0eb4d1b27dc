"""Kubernetes' manifests: valid, restricted, and of one mind with what is served."""

import ipaddress
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate.utils import latest_version

from gateway.adapters.plugins import find_plugins
from gateway.settings import load
from tests import plain
from tests.deploy.kubernetes import (
    KUBERNETES,
    Resource,
    base,
    container,
    example,
    of_kind,
    pod,
)
from tests.deploy.test_configurations import SECRETS
from tests.programs import find_program
from tests.stack.gateways import document, serve, write
from tests.stack.processes import starting_commands
from tests.tcp_ports import reserve_port

FOLDERS = (KUBERNETES / "base", KUBERNETES / "overlays" / "example")
FOREIGN = {"ServiceMonitor"}
"""Of which Kubernetes itself has no schema."""
REFERENCE = re.compile(r"\$\{file:(secrets/\w+)\}")
VERSIONS = ("1.30", latest_version())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("build", [base, example])
def test_every_resource_is_valid(build: Any, version: str) -> None:
    resources = [one for one in build() if one["kind"] not in FOREIGN]

    for resource in resources:
        kubernetes_validate.validate(resource, version, strict=True)

    assert len(resources) > 5


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_kustomize_makes_of_them_what_is_valid(folder: Path) -> None:
    command = [find_program("kubectl"), "kustomize", str(folder)]
    built = subprocess.run(command, capture_output=True, check=True)  # noqa: S603

    resources = list(yaml.safe_load_all(built.stdout))
    for resource in resources:
        if resource["kind"] not in FOREIGN:
            kubernetes_validate.validate(resource, latest_version(), strict=True)

    expected = base() if folder.name == "base" else example()
    assert _kinds(resources) == sorted([*_kinds(expected), "ConfigMap"])
    built_policy = of_kind(resources, "NetworkPolicy")["spec"]
    assert built_policy == of_kind(expected, "NetworkPolicy")["spec"]
    mounted = of_kind(resources, "Deployment")["spec"]["template"]["spec"]["volumes"]
    (source, _) = mounted[0]["projected"]["sources"]
    config = of_kind(resources, "ConfigMap")
    assert source["configMap"]["name"] == config["metadata"]["name"]
    assert config["data"]["gateway.toml"] == (folder / "gateway.toml").read_text(
        "utf-8"
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_configuration_loads_with_the_secrets_that_are_mounted(
    folder: Path, tmp_path: Path
) -> None:
    path = _mount(folder, tmp_path / "mounted")
    with starting_commands(tmp_path) as commands:
        checked = commands.run("check", "--config", path, "--offline")

    assert checked.code == 0, checked.out + checked.err
    assert set(REFERENCE.findall(path.read_text("utf-8"))) == _secret_paths()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_it_listens_at_the_ports_that_are_named(folder: Path, tmp_path: Path) -> None:
    settings = load(_mount(folder, tmp_path / "mounted"), find_plugins(), {})

    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}
    service = of_kind(base(), "Service")["spec"]["ports"]

    assert settings.server.host == "0.0.0.0"  # noqa: S104
    assert ports == {
        "http": settings.server.port,
        "metrics": settings.server.metrics_port,
    }
    assert {port["targetPort"] for port in service} == set(ports)
    assert settings.redis is not None
    assert settings.server.workers == 1


def test_the_probes_ask_for_what_is_served(
    sandboxes: dict[str, str], tmp_path: Path
) -> None:
    metrics_port = reserve_port()
    whole = document(sandboxes, server={"metrics_port": metrics_port})
    probes = {name: container()[f"{name}Probe"] for name in ("startup", "liveness")}
    probes["readiness"] = container()["readinessProbe"]
    (monitor,) = of_kind(example(), "ServiceMonitor")["spec"]["endpoints"]
    with starting_commands(tmp_path) as commands:
        gateway = serve(commands, write(tmp_path, whole))
        answers = {
            name: plain.get(gateway.address + probe["httpGet"]["path"])
            for name, probe in probes.items()
        }
        scraped = plain.get(f"http://127.0.0.1:{metrics_port}{monitor['path']}")

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "startup": 200,
        "liveness": 200,
        "readiness": 200,
    }
    assert probes["liveness"]["httpGet"]["path"] == "/health/live"
    assert {probe["httpGet"]["port"] for probe in probes.values()} == {"http"}
    assert "gallery_requests_total" in scraped.text
    assert monitor["port"] == "metrics"


def test_a_pod_is_one_that_restricted_pod_security_takes() -> None:
    whole, own = pod()["securityContext"], container()["securityContext"]

    assert whole["runAsNonRoot"] is True
    assert whole["runAsUser"] == whole["fsGroup"] == 65532
    assert whole["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod().keys()
    assert {next(iter(v.keys() - {"name"})) for v in pod()["volumes"]} == {
        "projected",
        "emptyDir",
    }
    assert pod()["automountServiceAccountToken"] is False
    labels = of_kind(example(), "Namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_no_secret_comes_by_the_environment() -> None:
    assert "env" not in container()
    assert "envFrom" not in container()


def test_one_pod_at_a_time_is_away_and_no_fewer_are_there_while_others_come() -> None:
    resources = base()
    budget = of_kind(resources, "PodDisruptionBudget")["spec"]
    deployment = of_kind(resources, "Deployment")["spec"]
    scaler = of_kind(resources, "HorizontalPodAutoscaler")["spec"]

    assert budget["maxUnavailable"] == 1
    assert budget["selector"] == deployment["selector"]
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert "replicas" not in deployment
    assert scaler["minReplicas"] >= 2
    assert scaler["scaleTargetRef"]["name"] == "gallery-gateway"


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("172.31.0.1", False),
        ("192.168.1.1", False),
        ("224.0.0.1", False),
        ("fd00::1", False),
        ("fe80::1", False),
        ("::1", False),
        ("2002:a00:1::", False),
    ],
)
def test_upstreams_are_reached_at_public_addresses_alone(
    address: str, *, is_allowed: bool
) -> None:
    rules = of_kind(base(), "NetworkPolicy")["spec"]["egress"]
    (rule,) = [one for one in rules if {"port": 443, "protocol": "TCP"} in one["ports"]]

    allowed = any(_holds(peer["ipBlock"], address) for peer in rule["to"])

    assert allowed == is_allowed
    assert len(rule["ports"]) == 1


def _holds(block: Resource, address: str) -> bool:
    one = ipaddress.ip_address(address)
    excepted = [ipaddress.ip_network(text) for text in block.get("except", ())]
    return one in ipaddress.ip_network(block["cidr"]) and not any(
        one in network for network in excepted
    )


def _mount(folder: Path, target: Path) -> Path:
    """Put the configuration and the secrets where a pod has them."""
    (target / "secrets").mkdir(parents=True)
    shutil.copy(folder / "gateway.toml", target)
    known = SECRETS | {"redis_password": "s3cret-of-redis"}
    for path in _secret_paths():
        name = path.partition("/")[2]
        (target / path).write_text(f"{known[name]}\n", encoding="utf-8")
    return target / "gateway.toml"


def _secret_paths() -> set[str]:
    (_, secret) = pod()["volumes"][0]["projected"]["sources"]
    items = secret["secret"]["items"]
    assert all(item["path"] == f"secrets/{item['key']}" for item in items)
    return {item["path"] for item in items}


def _kinds(resources: list[Resource]) -> list[str]:
    return sorted(one["kind"] for one in resources)
