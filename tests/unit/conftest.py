"""One gateway over a real store, a real model server and a stand-in for Airflow, shared by all who talk to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.seaweedfs import SeaweedFS
from support.airflow_stand_in import AirflowStandIn, running_airflow_stand_in
from support.gateway import ADMIN_KEY, Backend, Gateway, running_backend, running_gateway
from support.versions import Versions


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    """Tiny versions, exported once."""
    return Versions(tmp_path_factory.mktemp("versions"))


@pytest.fixture(scope="session")
def backend(s3_server: SeaweedFS, versions: Versions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """Version 1 in production, version 2 as the candidate."""
    with running_backend(s3_server, versions, tmp_path_factory.mktemp("volume")) as backend:
        yield backend


@pytest.fixture(scope="session")
def airflow() -> Iterator[AirflowStandIn]:
    """A stand-in for Airflow."""
    with running_airflow_stand_in() as airflow:
        yield airflow


@pytest.fixture(scope="session")
def gateway(backend: Backend, airflow: AirflowStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that has everything it needs."""
    environment = {**backend.environment, **airflow.environment, "ACNEFLOW_ADMIN_KEY": ADMIN_KEY}
    log: Path = tmp_path_factory.mktemp("gateway") / "log"
    with running_gateway(environment, log, until="/readyz") as gateway:
        yield gateway
