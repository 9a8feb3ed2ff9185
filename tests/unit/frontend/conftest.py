"""A gateway whose store holds everything the page shows, and visitors of it."""

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from objectstore import ObjectStore
from stack.seaweedfs import SeaweedFS
from support.airflow_stand_in import AirflowStandIn
from support.gateway import ADMIN_KEY, CANDIDATE, PRODUCTION, running_backend, running_gateway
from support.page import leave, opened
from support.page_store import Shown, fill
from support.versions import Versions


@pytest.fixture(scope="session")
def shown(
    s3_server: SeaweedFS, versions: Versions, airflow: AirflowStandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shown]:
    """Two judged versions, their dataset and its pictures."""
    with running_backend(s3_server, versions, tmp_path_factory.mktemp("page-volume")) as backend:
        store = ObjectStore(backend.store)
        picture = fill(store, versions.describe(PRODUCTION), versions.describe(CANDIDATE))
        environment = {**backend.environment, **airflow.environment, "ACNEFLOW_ADMIN_KEY": ADMIN_KEY}
        with running_gateway(environment, tmp_path_factory.mktemp("page") / "log", until="/readyz") as gateway:
            yield Shown(gateway, backend, store, picture)


@pytest.fixture
def visit(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Opens one of the pages; `key` signs in first."""
    monkeypatch.setenv("ACNEFLOW_GATEWAY_URL", shown.gateway.url)
    pages: list[AppTest] = []

    def visit(name: str, key: str | None = None) -> AppTest:
        pages.append(opened(name, key=key))
        return pages[-1]

    yield visit
    for page in pages:
        leave(page)
