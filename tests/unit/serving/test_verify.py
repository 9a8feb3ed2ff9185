"""The pipeline's last step: production answers as the version, or a reason why it doesn't."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import keys
from contracts.manifest import utc_now
from contracts.models.replica import Quarantined, ReplicaStatus
from contracts.models.version import DESCRIPTION_FILE
from objectstore import ObjectNotFoundError, ObjectStore
from serving.errors import VerificationError
from serving.model_client import ModelClient
from serving.verify import verify_version
from support.model_server import ModelServer, model_config, running_model_server, write_config
from support.versions import Versions

SERVING = str(Path(sys.executable).with_name("serving"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, versions: Versions) -> Iterator[ModelServer]:
    volume = tmp_path_factory.mktemp("volume")
    versions.install(volume / "acne", 1)
    write_config(volume, model_config(volume, 1, production=1))
    with running_model_server(volume) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: ModelServer) -> Iterator[ModelClient]:
    with ModelClient(server.address, "acne") as client:
        yield client


def quarantine(store: ObjectStore, version: int) -> None:
    at = utc_now()
    quarantined = (Quarantined(version=version, reason="its weights are NaN", at=at),)
    status = ReplicaStatus(
        replica="east", model="acne", at=at, on_disk=(1,), labels={"production": 1}, quarantined=quarantined
    )
    store.put(keys.replica_status("east"), status.to_json())


def test_a_version_that_answers_as_it_was_published_is_verified(
    store: ObjectStore, versions: Versions, client: ModelClient
) -> None:
    versions.publish(store, 1)
    result = verify_version(store, client, model="acne", version=1, timeout_s=5)
    assert (result["model"], result["version"]) == ("acne", 1)


def test_a_version_that_isnt_served_in_time_fails_with_what_is_served_instead(
    store: ObjectStore, versions: Versions, client: ModelClient, capsys: pytest.CaptureFixture[str]
) -> None:
    versions.publish(store, 2)
    with pytest.raises(VerificationError, match="isn't served after 1 s: production answers as version 1"):
        verify_version(store, client, model="acne", version=2, timeout_s=1)
    assert "waiting for version 2" in capsys.readouterr().out


def test_a_replicas_quarantine_ends_the_wait_with_its_reason(
    store: ObjectStore, versions: Versions, client: ModelClient
) -> None:
    versions.publish(store, 2)
    quarantine(store, 2)
    with pytest.raises(VerificationError, match=r"replica .east. has quarantined version 2 .* its weights are NaN"):
        verify_version(store, client, model="acne", version=2, timeout_s=60)


def test_a_version_that_answers_otherwise_than_it_was_published_fails(
    store: ObjectStore, versions: Versions, client: ModelClient
) -> None:
    published = versions.publish(store, 1, seed=2)
    with pytest.raises(VerificationError, match="answers as version 1, but it answers with the classes"):
        verify_version(store, client, model="acne", version=1, timeout_s=60)
    relabelled = published.model_copy(update={"classes": versions.describe(1).classes})
    store.put(f"{keys.version('acne', 1)}/{DESCRIPTION_FILE}", relabelled.to_json())
    with pytest.raises(VerificationError, match="answers as version 1, but its golden predictions differ"):
        verify_version(store, client, model="acne", version=1, timeout_s=60)


def test_a_version_that_was_never_published_is_named(store: ObjectStore, client: ModelClient) -> None:
    with pytest.raises(ObjectNotFoundError, match=r"versions/7/model\.json"):
        verify_version(store, client, model="acne", version=7, timeout_s=60)


def test_the_command_keeps_the_step_contract(
    store: ObjectStore,
    store_env: dict[str, str],
    versions: Versions,
    server: ModelServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ACNEFLOW_SERVING_ADDRESS", server.address)
    versions.publish(store, 1)
    command = [SERVING, "verify", "--model", "acne", "--timeout-s", "5", "--version"]
    good = subprocess.run([*command, "1"], capture_output=True, text=True, timeout=60, check=False)
    assert good.returncode == 0
    prefix, _, result = good.stdout.splitlines()[-1].rpartition("::")
    assert prefix == "::result"
    assert json.loads(result).keys() == {"model", "version", "seconds"}
    quarantine(store, 2)
    versions.publish(store, 2)
    bad = subprocess.run([*command, "2"], capture_output=True, text=True, timeout=60, check=False)
    assert bad.returncode == 1
    assert "error: replica 'east' has quarantined version 2" in bad.stderr


def test_the_status_table_names_replicas_labels_and_reasons(store: ObjectStore, store_env: dict[str, str]) -> None:
    command = [SERVING, "status"]
    nobody = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert nobody.stdout == "no sync sidecar has reported yet\n"
    quarantine(store, 2)
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    header, row, remark = run.stdout.splitlines()
    assert header.split() == ["REPLICA", "MODEL", "LABELS", "ON", "DISK", "QUARANTINED", "SINCE"]
    assert row.split()[:5] == ["east", "acne", "production=1", "1", "2"]
    assert remark == "east: version 2 is quarantined: its weights are NaN"
