"""Airflow is told of new images, or the log says that it wasn't."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from gateway.airflow.client import Airflow
from gateway.airflow.connection import AirflowConnection
from gateway.runs.service import Pipeline
from gateway.settings import GatewaySettings
from support.airflow_stand_in import AirflowStandIn, running_airflow_stand_in


@pytest.fixture(scope="module")
def airflow() -> Iterator[AirflowStandIn]:
    with running_airflow_stand_in() as airflow:
        yield airflow


def settings(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> GatewaySettings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return GatewaySettings()


async def test_the_asset_that_starts_training_gets_an_event(
    airflow: AirflowStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AirflowConnection(settings(monkeypatch, airflow.environment)) as connection:
        await Pipeline(Airflow(connection)).announce_images("the correction f was accepted")
    assert airflow.events == [{"asset_id": 2, "extra": {"why": "the correction f was accepted"}}]


async def test_an_airflow_that_is_away_is_logged_and_fails_nothing(
    airflow: AirflowStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = airflow.environment | {"ACNEFLOW_AIRFLOW_URL": "http://127.0.0.1:9"}
    async with AirflowConnection(settings(monkeypatch, away)) as connection:
        with capture_logs() as logged:
            await Pipeline(Airflow(connection)).announce_images("the correction f was accepted")
    assert [line["event"] for line in logged] == ["airflow_not_told"]
