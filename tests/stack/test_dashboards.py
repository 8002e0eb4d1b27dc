"""The dashboard and the alert rules ask for what a gateway really serves."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.adapters.metrics.families import FAMILIES
from tests.programs import find_program
from tests.stack.gateways import document, serve, write
from tests.stack.processes import starting_commands
from tests.stack.promql import to_labels, to_names
from tests.stack.scrapes import scrape, served_names
from tests.tcp_ports import reserve_port

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
GRAFANA = DEPLOY / "grafana" / "provisioning"
PROMETHEUS = DEPLOY / "prometheus"
OWN_LABELS = {"instance", "job", "le"}
"""Labels that Prometheus adds, or a histogram has."""


@pytest.fixture(scope="module")
def served(
    running_sandboxes: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[set[str]]:
    """The names that a gateway serves to which nothing has happened yet."""
    folder, port = tmp_path_factory.mktemp("dashboards"), reserve_port()
    whole = document(running_sandboxes, server={"metrics_port": port})
    with starting_commands(folder) as commands:
        serve(commands, write(folder, whole))
        yield served_names(scrape(port))


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def rules() -> list[dict[str, Any]]:
    groups = read_yaml(PROMETHEUS / "alerts.yml")["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    dashboards = [json.loads(path.read_text("utf-8")) for path in DASHBOARDS]
    return [panel for board in dashboards for panel in board["panels"]]


def expressions() -> list[str]:
    shown = [
        target["expr"] for panel in panels() for target in panel.get("targets", ())
    ]
    return shown + [rule["expr"] for rule in rules()]


def variables() -> list[dict[str, Any]]:
    dashboards = [json.loads(path.read_text("utf-8")) for path in DASHBOARDS]
    return [one for board in dashboards for one in board["templating"]["list"]]


@pytest.mark.parametrize("expression", expressions())
def test_every_expression_asks_for_metrics_that_are_served(
    served: set[str], expression: str
) -> None:
    names = to_names(expression)

    assert names
    assert names - {"up"} <= served


@pytest.mark.parametrize("expression", expressions())
def test_every_expression_uses_labels_that_its_metrics_have(expression: str) -> None:
    names = to_names(expression)
    known = {
        label
        for family in FAMILIES
        if any(name.startswith(family.name) for name in names)
        for label in family.labels
    }

    assert to_labels(expression) <= known | OWN_LABELS


def test_every_metric_is_shown_or_watched() -> None:
    asked = {name for expression in expressions() for name in to_names(expression)}

    assert not [
        family.name
        for family in FAMILIES
        if not any(name.startswith(family.name) for name in asked)
    ]


def test_a_choice_on_the_dashboard_is_made_from_metrics_that_are_served(
    served: set[str],
) -> None:
    chosen = variables()

    assert chosen
    for variable in chosen:
        name, _, label = (
            variable["definition"]
            .removeprefix("label_values(")
            .removesuffix(")")
            .partition(", ")
        )

        assert name in served
        assert label in {"instance", "provider"}


def test_every_panel_asks_the_data_source_that_is_provisioned() -> None:
    (source,) = read_yaml(GRAFANA / "datasources" / "prometheus.yml")["datasources"]
    asked = {
        one["datasource"]["uid"]
        for one in [*panels(), *variables()]
        if "datasource" in one
    }

    assert asked == {source["uid"]}
    assert source["url"].startswith("http://prometheus:")


def test_panels_stand_beside_each_other_and_have_numbers_of_their_own() -> None:
    places = [
        (place["x"] + x, place["y"] + y)
        for place in (panel["gridPos"] for panel in panels())
        for x in range(place["w"])
        for y in range(place["h"])
    ]
    numbers = [panel["id"] for panel in panels()]

    assert len(set(places)) == len(places)
    assert max(x for x, _ in places) < 24
    assert len(set(numbers)) == len(numbers)


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"].keys() == {"summary", "description"}


def test_prometheus_finds_every_replica_and_the_rules() -> None:
    settings = read_yaml(PROMETHEUS / "prometheus.yml")

    (job,) = settings["scrape_configs"]
    assert job["dns_sd_configs"][0]["names"] == ["gateway"]
    assert job["dns_sd_configs"][0]["port"] == 9100
    assert all((PROMETHEUS / name).exists() for name in settings["rule_files"])


def test_prometheus_itself_takes_the_configuration_and_the_rules() -> None:
    promtool = find_program("promtool")

    ran = subprocess.run(  # noqa: S603  # a fixed command
        [promtool, "check", "config", PROMETHEUS / "prometheus.yml"],
        capture_output=True,
        check=False,
        text=True,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("expression", "names", "labels"),
    [
        ("up == 0 or absent(up)", {"up"}, set()),
        (
            'sum by (a, b) (rate(x_total{c=~"d{e}f", g!="h"}[5m])) / 1e3 > 0.5',
            {"x_total"},
            {"a", "b", "c", "g"},
        ),
        (
            'x{a="by (z)"} and on (i) y offset 5m unless sum(z) by (j)',
            {"x", "y", "z"},
            {"a", "i", "j"},
        ),
        ('{__name__="x"}', set(), {"__name__"}),
    ],
)
def test_an_expression_is_taken_apart(
    expression: str, names: set[str], labels: set[str]
) -> None:
    assert to_names(expression) == names
    assert to_labels(expression) == labels
