"""Prometheus' rules and Grafana's dashboards: valid, and about metrics that this stack really has."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.composed_stack import ComposedStack, Served

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1800)]

MONITORING = Path("deploy") / "monitoring"
NAME = re.compile(r"(?:acneflow_|:tensorflow:)[a-z_:]+")
SUFFIXES = re.compile(r"_(bucket|sum|count|total|created)$")
SCRAPED = {
    "gateway": "http://127.0.0.1:8000/metrics",
    "model-server": "http://127.0.0.1:8501/monitoring/prometheus/metrics",
    "sync": "http://127.0.0.1:9100/metrics",
}
"""What deploy/monitoring/prometheus.yml asks of our own services, as each sees itself."""


@pytest.fixture
def promtool(repository: Path) -> str:
    """Prometheus' own judge; tests/stack/install brings it."""
    found = shutil.which("promtool", path=f"{repository / '.tools'}:/usr/local/bin:/usr/bin")
    return found or pytest.skip("needs promtool, which tests/stack/install brings from Debian's package prometheus")


def test_the_configuration_is_valid(repository: Path, promtool: str, tmp_path: Path) -> None:
    shutil.copytree(repository / MONITORING, tmp_path, dirs_exist_ok=True)
    config = tmp_path / "prometheus.yml"
    config.write_text(config.read_text().replace("/etc/prometheus/", f"{tmp_path}/"))
    subprocess.run([promtool, "check", "config", str(config)], check=True)


def test_alerts_ring_when_they_should(repository: Path, promtool: str) -> None:
    rules = repository / MONITORING / "alerts_test.yml"
    subprocess.run([promtool, "test", "rules", rules.name], cwd=rules.parent, check=True)


def test_every_query_of_a_dashboard_is_valid_and_asks_the_source_that_is_provisioned(
    repository: Path, promtool: str, tmp_path: Path
) -> None:
    grafana = repository / MONITORING / "grafana"
    (source,) = yaml.safe_load((grafana / "datasources" / "prometheus.yml").read_text())["datasources"]
    boards = [json.loads(board.read_text()) for board in sorted((grafana / "dashboards").glob("*.json"))]
    assert len({board["uid"] for board in boards}) == len(boards) == 3
    panels = [panel for board in boards for panel in board["panels"]]
    assert {panel["datasource"]["uid"] for panel in panels} == {source["uid"]}
    # Prometheus judges a query as that of a rule
    queries = [target["expr"] for panel in panels for target in panel["targets"]]
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(queries)]
    path = tmp_path / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}))
    subprocess.run([promtool, "check", "rules", str(path)], check=True)


def test_every_metric_that_is_watched_is_there(stack: ComposedStack, served: Served) -> None:
    with stack.client() as client:
        client.predict(served.pictures[0].data)
    told = "".join(_metrics(stack, service, url) for service, url in SCRAPED.items())
    missing = {name for name in _watched(stack.clone / MONITORING) if SUFFIXES.sub("", name) not in told}
    assert not missing


def _metrics(stack: ComposedStack, service: str, url: str) -> str:
    ask = "import sys, urllib.request as u; print(u.build_opener(u.ProxyHandler({})).open(sys.argv[1]).read().decode())"
    done = stack.inside(service, "python", "-c", ask, url)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _watched(folder: Path) -> set[str]:
    """The metrics of ours that alerts and dashboards name; Airflow's come by way of deploy/monitoring/statsd.yml."""
    return {name for expression in _expressions(folder) for name in NAME.findall(expression)}


def _expressions(folder: Path) -> Iterator[str]:
    rules = yaml.safe_load((folder / "alerts.yml").read_text())
    yield from (rule["expr"] for group in rules["groups"] for rule in group["rules"])
    for board in (folder / "grafana" / "dashboards").glob("*.json"):
        for panel in json.loads(board.read_text())["panels"]:
            yield from (target["expr"] for target in panel.get("targets", ()))
