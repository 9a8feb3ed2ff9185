"""What tests share: a real S3 server, and nothing that stands in for a part of ours."""

import os
import signal
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from objectstore import ObjectStore, StoreSettings
from stack.seaweedfs import INTERNAL_PORTS, SeaweedFS, free_ports, wait_until_ready


def pytest_configure() -> None:
    """Make Ctrl-C mean Ctrl-C to the commands that tests start, even if these tests run in a shell's background.

    And let no command read the `.env` of the checkout that the tests run in.
    """
    os.environ["ACNEFLOW_ENV_FILE"] = ""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """A SeaweedFS of this test session's own."""
    folder = tmp_path_factory.mktemp("seaweedfs")
    port, *internal = free_ports(1 + INTERNAL_PORTS)
    server = SeaweedFS(folder, port, tuple(internal), access_key="test", secret_key=uuid.uuid4().hex, volume_size_mb=16)
    server.prepare()
    with (folder / "log").open("wb") as log:
        # one volume for each test's bucket instead of seven: a small disk must do for all tests
        environment = {**os.environ, "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"}
        process = subprocess.Popen(server.command(), stdout=log, stderr=log, env=environment)
        try:
            wait_until_ready(ObjectStore(server.settings("readiness")), timeout_s=60)
            yield server
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def store_settings(s3_server: SeaweedFS) -> StoreSettings:
    """A bucket of this test's own."""
    return s3_server.settings(f"test-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def store(store_settings: StoreSettings) -> ObjectStore:
    """An empty store."""
    store = ObjectStore(store_settings)
    store.ensure_bucket()
    return store


@pytest.fixture
def store_env(store_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment by which a service's command finds this test's store; also set in this process."""
    environment = {
        "ACNEFLOW_BUCKET": store_settings.bucket,
        "ACNEFLOW_STORE_ENDPOINT": str(store_settings.store_endpoint),
        "ACNEFLOW_STORE_ACCESS_KEY": store_settings.store_access_key,
        "ACNEFLOW_STORE_SECRET_KEY": store_settings.store_secret_key.get_secret_value(),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout's root."""
    return Path(__file__).resolve().parents[1]
