"""The stack with its default store, MinIO; only TensorFlow Serving is replaced. From a run to a full disk."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from acneflow_client import RunRequest
from objectstore import ObjectStore, StoreUnavailableError
from support.composed_stack import (
    BASE,
    RUN_TIMEOUT_S,
    ComposedStack,
    Served,
    first_run,
    missing_minio,
    running,
    waited,
)
from support.store_rights import OBJECTS, wrong_rights

pytestmark = [pytest.mark.stack, pytest.mark.timeout(RUN_TIMEOUT_S + 900)]

DISK_MB = 512
SMALL_DISK = f"""
volumes:
  store:
    driver_opts: {{type: tmpfs, device: tmpfs, o: "size={DISK_MB}m,mode=0755"}}
"""


@pytest.fixture(scope="module")
def minio(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposedStack]:
    """The stack with MinIO on a small disk, and the model server of compose.offline.yml."""
    if reason := missing_minio():
        pytest.skip(reason)
    stack = ComposedStack.cloned(repository, tmp_path_factory.mktemp("minio"), overrides=("minio-test",))
    _, found, model_server = (stack.clone / "compose.offline.yml").read_text().partition("  model-server:\n")
    assert found
    (stack.clone / "compose.minio-test.yml").write_text(f"services:\n{found}{model_server}{SMALL_DISK}")
    with running(stack, "STORE=minio-test"):
        # a disk of memory lasts while a container has it: one that no test kills
        holder = ["docker", "run", "--detach", "--rm", f"--volume={stack.project}_store:/data", BASE, "sleep", "7200"]
        held = subprocess.run(holder, capture_output=True, text=True, check=True).stdout.strip()
        try:
            yield stack
        finally:
            subprocess.run(["docker", "kill", held], capture_output=True, check=False)


@pytest.fixture(scope="module")
def served(minio: ComposedStack) -> Served:
    """What the first run put into production there."""
    return first_run(minio)


def test_every_service_is_healthy_and_minio_has_its_users(minio: ComposedStack) -> None:
    found = minio.containers()
    assert found["store"]["Config"]["Image"].startswith("quay.io/minio/minio:")
    assert found["store-users"]["State"]["ExitCode"] == 0
    assert "kept: logs/ 90 days, predictions/ 90 days" in minio.compose("logs", "--no-log-prefix", "store-init")
    minio.wait_until_well(timeout_s=60)


def test_a_run_puts_a_version_into_production_that_answers(minio: ComposedStack, served: Served) -> None:
    with minio.client() as client:
        answers = [client.predict(picture.data) for picture in served.pictures]
    assert {answer.model.version for answer in answers} == {served.model.version}


@pytest.mark.parametrize("key", OBJECTS)
def test_rights_are_those_of_the_policies(minio: ComposedStack, key: str) -> None:
    assert wrong_rights(minio, key, excused=set()) == []


def test_a_killed_store_comes_back_with_what_was_in_it(minio: ComposedStack, served: Served) -> None:
    before = {entry.key: entry.etag for entry in minio.store().walk("models/")}
    restarts = minio.containers()["store"]["RestartCount"]
    minio.crash("store")
    with minio.client() as client:
        assert client.predict(served.pictures[0].data).model.version == served.model.version, "while it is away"
    waited(lambda: minio.containers()["store"]["RestartCount"] == restarts, timeout_s=30)
    minio.wait_until_well("store")
    assert {entry.key: entry.etag for entry in minio.store().walk("models/")} == before


def test_on_a_full_disk_a_run_fails_and_production_stays_until_there_is_room(
    minio: ComposedStack, served: Served
) -> None:
    store = minio.store()
    versions = store.folders("models/acne/versions/")
    for mib in (16, 1):  # large files first, and then what is left between them
        with pytest.raises(StoreUnavailableError, match="XMinioStorageFull"):
            fill(store, mib)
    with minio.client() as client:
        run = client.wait(client.start_run(RunRequest(source="sample", seed=1, force=True)).id, timeout_s=RUN_TIMEOUT_S)
        assert run.state == "failed", run
        assert client.predict(served.pictures[0].data).model.version == served.model.version
        assert minio.version_in_production() == served.model.version
        for entry in list(store.walk("elsewhere/")):
            store.delete(entry.key)
        run = client.wait(client.start_run(RunRequest(source="sample", seed=1, force=True)).id, timeout_s=RUN_TIMEOUT_S)
        assert run.state == "success", run
    assert len(store.folders("models/acne/versions/")) > len(versions)


def test_a_volume_of_the_other_store_is_named_before_anything_starts(minio: ComposedStack, served: Served) -> None:
    said = minio.refusal("up", "OFFLINE=1")
    assert f"the volume {minio.project}_store holds what MinIO wrote, which SeaweedFS can't read" in said
    minio.wait_until_well("store", "gateway", timeout_s=10)


def test_minio_refuses_what_seaweedfs_left(minio: ComposedStack, monkeypatch: pytest.MonkeyPatch) -> None:
    volume = f"{minio.project}-other_store"
    leave = ["docker", "run", "--rm", f"--volume={volume}:/data", BASE, "mkdir", "/data/filerldb2"]
    subprocess.run(leave, check=True, capture_output=True)
    try:
        monkeypatch.setattr(minio, "project", f"{minio.project}-other")
        said = minio.refusal("up", "STORE=minio-test")
        assert f"the volume {volume} holds what SeaweedFS wrote, which MinIO can't read" in said
        assert "make up OFFLINE=1 or STORE=seaweedfs" in said
        assert not minio.compose("ps", "--all", "--quiet")
    finally:
        subprocess.run(["docker", "volume", "rm", volume], check=True, capture_output=True)


def fill(store: ObjectStore, mib: int) -> None:
    """Write files of a size until the store refuses one."""
    for number in range(DISK_MB):
        store.put(f"elsewhere/{mib}-{number}", bytes(mib * 2**20))
