"""Everything here is held against both stores: SeaweedFS always, MinIO where its image is."""

import subprocess
import uuid
from collections.abc import Iterator

import pytest

from objectstore import ObjectStore, StoreSettings
from stack.seaweedfs import free_ports, wait_until_ready
from support.composed_stack import minio_image, missing_minio

KEY = "test-access-key"


@pytest.fixture(scope="session")
def minio() -> Iterator[StoreSettings]:
    """A MinIO in a container."""
    if reason := missing_minio():
        pytest.skip(reason)
    (port,) = free_ports(1)
    run = ["docker", "run", "--detach", "--rm", "--publish", f"127.0.0.1:{port}:9000", "--tmpfs", "/data"]
    keys = ["--env", f"MINIO_ROOT_USER={KEY}", "--env", f"MINIO_ROOT_PASSWORD={KEY}"]
    command = [*run, *keys, minio_image(), "server", "/data"]
    container = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    try:
        settings = StoreSettings.model_validate(
            {"store_endpoint": f"http://127.0.0.1:{port}", "store_access_key": KEY, "store_secret_key": KEY}
        )
        wait_until_ready(ObjectStore(settings), timeout_s=60)
        yield settings
    finally:
        subprocess.run(["docker", "kill", container], capture_output=True, check=False)


@pytest.fixture(params=["s3_server", pytest.param("minio", marks=pytest.mark.stack)], ids=["seaweedfs", "minio"])
def store_settings(request: pytest.FixtureRequest) -> StoreSettings:
    """A bucket of this test's own."""
    server, bucket = request.getfixturevalue(request.param), f"test-{uuid.uuid4().hex[:12]}"
    if isinstance(server, StoreSettings):
        return server.model_copy(update={"bucket": bucket})
    settings: StoreSettings = server.settings(bucket)
    return settings
