"""The sidecar with a real store and a real model server: versions come in, labels move, broken ones stay out."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts import keys
from contracts.manifest import utc_now
from contracts.models.channels import Channels
from contracts.models.replica import ReplicaStatus
from objectstore import ObjectNotFoundError, ObjectStore, StoreSettings, read_document
from serving.errors import ModelServerError, RequestRefusedError
from serving.model_client import ModelClient
from serving.model_config import to_message
from serving.settings import SyncSettings
from serving.sync.sidecar import Sidecar
from serving.sync.volume import Volume
from stack.seaweedfs import SeaweedFS, free_ports
from support.gate import Gate
from support.model_server import ModelServer, running_model_server
from support.versions import Versions, broken_litert, move_channels, publish_version

REPLICA = "test"
GRACE_S = 0.3


def new_sidecar(store: ObjectStore, server: ModelServer, client: ModelClient) -> Sidecar:
    settings = SyncSettings(
        serving_volume=server.volume,
        replica=REPLICA,
        serving_poll_s=0.05,
        serving_grace_s=GRACE_S,
        serving_recheck_s=0.1,
    )
    return Sidecar(settings, store, client, Volume(server.volume, "acne"))


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    volume = tmp_path_factory.mktemp("volume")
    Volume(volume, "acne").take().close()
    with running_model_server(volume) as server:
        yield server


@pytest.fixture
def server(shared_server: ModelServer) -> ModelServer:
    """The model server, with nothing loaded and nothing on its volume."""
    volume = shared_server.volume
    shutil.rmtree(volume / "acne")
    (volume / "models.config").unlink()
    Volume(volume, "acne").take().close()
    with ModelClient(shared_server.address, "acne") as client:
        client.reload(to_message(()))
    return shared_server


@pytest.fixture
def client(server: ModelServer) -> Iterator[ModelClient]:
    with ModelClient(server.address, "acne") as client:
        yield client


@pytest.fixture
def sidecar(store: ObjectStore, server: ModelServer, client: ModelClient) -> Sidecar:
    return new_sidecar(store, server, client)


def step_until(sidecar: Sidecar, condition: Callable[[], bool]) -> None:
    """Let the sidecar work until something holds; pytest's timeout ends a test in which it never does."""
    while not condition():
        time.sleep(min(sidecar.step(), 0.05))


def production(client: ModelClient) -> int | None:
    try:
        return client.golden(label="production").version
    except (RequestRefusedError, ModelServerError):
        return None


def status(store: ObjectStore) -> ReplicaStatus:
    try:
        return read_document(store, keys.replica_status(REPLICA), ReplicaStatus)
    except ObjectNotFoundError:
        return ReplicaStatus(replica=REPLICA, model="acne", at=utc_now(), on_disk=(), labels={}, quarantined=())


def available(client: ModelClient) -> set[int]:
    return {number for number, one in client.statuses().items() if one.state == 30}


def test_a_version_goes_from_candidate_to_production_and_the_old_one_leaves_the_server_but_not_the_disk(
    store: ObjectStore, versions: Versions, sidecar: Sidecar, client: ModelClient
) -> None:
    versions.publish(store, 1)
    move_channels(store, production=1)
    step_until(sidecar, lambda: production(client) == 1)
    versions.publish(store, 2)
    move_channels(store, candidate=2)
    step_until(sidecar, lambda: status(store).labels == {"production": 1, "candidate": 2})
    assert client.golden(label="candidate").version == 2
    move_channels(store, production=2)
    step_until(sidecar, lambda: production(client) == 2 and available(client) == {2})
    step_until(sidecar, lambda: status(store).labels == {"production": 2})
    assert status(store).on_disk == (1, 2)
    versions.publish(store, 3)
    move_channels(store, production=3)
    step_until(sidecar, lambda: production(client) == 3 and status(store).on_disk == (2, 3))


def test_a_rollback_is_a_move_of_the_channel(
    store: ObjectStore, versions: Versions, sidecar: Sidecar, client: ModelClient
) -> None:
    for number in (1, 2):
        versions.publish(store, number)
        move_channels(store, production=number)
        step_until(sidecar, lambda number=number: production(client) == number)  # type: ignore[misc]
    step_until(sidecar, lambda: available(client) == {2})
    move_channels(store, production=1)
    step_until(sidecar, lambda: production(client) == 1 and available(client) == {1})
    assert status(store).on_disk == (1, 2)


def spoil_hash(store: ObjectStore, number: int) -> None:
    key = f"{keys.version('acne', number)}/model.tflite"
    body = bytearray(store.get(key).body)
    body[100] ^= 1
    store.put(key, bytes(body))


@dataclass
class Stage:
    """A server with version 1 in production, on which one broken version after another appears."""

    store: ObjectStore
    sidecar: Sidecar
    client: ModelClient
    number: int = 1


@pytest.fixture(scope="module")
def stage(s3_server: SeaweedFS, tmp_path_factory: pytest.TempPathFactory, versions: Versions) -> Iterator[Stage]:
    store = ObjectStore(s3_server.settings("broken-versions"))
    store.ensure_bucket()
    versions.publish(store, 1)
    move_channels(store, production=1)
    volume = tmp_path_factory.mktemp("volume")
    Volume(volume, "acne").take().close()
    with running_model_server(volume) as server, ModelClient(server.address, "acne") as client:
        stage = Stage(store, new_sidecar(store, server, client), client)
        step_until(stage.sidecar, lambda: production(client) == 1)
        yield stage


Spoil = Callable[[ObjectStore, Versions, int, Path], None]


def with_wrong_hash(store: ObjectStore, versions: Versions, number: int, _folder: Path) -> None:
    versions.publish(store, number)
    spoil_hash(store, number)


def without_manifest(store: ObjectStore, versions: Versions, number: int, _folder: Path) -> None:
    versions.publish(store, number)
    store.delete(keys.manifest(keys.version("acne", number)))


def with_another(name: str, content: Callable[[Versions, int], bytes]) -> Spoil:
    """Publish a version with other content in one file: its manifest is right, the file isn't."""

    def run(store: ObjectStore, versions: Versions, number: int, folder: Path) -> None:
        shutil.copytree(versions.folder(number), folder)
        (folder / name).write_bytes(content(versions, number))
        publish_version(store, folder, versions.describe(number))

    return run


def with_manifest(change: Callable[[dict[str, Any]], object]) -> Spoil:
    """Publish a version, then rewrite its manifest as no publisher of ours would."""

    def run(store: ObjectStore, versions: Versions, number: int, _folder: Path) -> None:
        versions.publish(store, number)
        key = keys.manifest(keys.version("acne", number))
        fields = json.loads(store.get(key).body)
        change(fields)
        store.put(key, json.dumps(fields).encode())

    return run


def without_variables(store: ObjectStore, versions: Versions, number: int, folder: Path) -> None:
    shutil.copytree(versions.folder(number), folder)
    shutil.rmtree(folder / "saved_model" / "variables")
    publish_version(store, folder, versions.describe(number))


def with_extra_file(store: ObjectStore, versions: Versions, number: int, _folder: Path) -> None:
    versions.publish(store, number)
    store.put(f"{keys.version('acne', number)}/saved_model/extra.py", b"print()")


def with_truncated_shard(store: ObjectStore, versions: Versions, number: int, _folder: Path) -> None:
    versions.publish(store, number)
    key = f"{keys.version('acne', number)}/saved_model/{SHARD}"
    store.put(key, store.get(key).body[:-1])


def labels_the_other_way_round(versions: Versions, number: int) -> bytes:
    classes = versions.describe(number).classes[::-1]
    return versions.describe(number).model_copy(update={"classes": classes}).to_json()


def of_another_size(versions: Versions, number: int) -> bytes:
    return versions.describe(number).model_copy(update={"input_size": 128}).to_json()


def golden_of_another(versions: Versions, number: int) -> bytes:
    wrong = {"golden": versions.describe(number + 1).golden}
    return versions.describe(number).model_copy(update=wrong).to_json()


SHARD = "variables/variables.data-00000-of-00001"
ESCAPE = {"path": "../../../etc/cron.d/x", "sha256": "0" * 64, "size": 0}

BROKEN: dict[str, tuple[Spoil, str]] = {
    "no variables": (without_variables, "variables/variables.index is missing"),
    "truncated shard": (with_truncated_shard, f"{SHARD}: expected"),
    "wrong labels": (with_another("model.json", labels_the_other_way_round), "the graph's labels aren't those of"),
    "extra file": (with_extra_file, "extra.py isn't listed in the version's manifest"),
    "path traversal": (with_manifest(lambda fields: fields["files"].append(ESCAPE)), "not a plain relative path"),
    "10 GB claim": (with_manifest(lambda fields: fields["files"][0].update(size=10**10)), "no version may have more"),
    "wrong input size": (with_another("model.json", of_another_size), "takes pictures of 128 px"),
    "wrong hash": (with_wrong_hash, "model.tflite: expected"),
    "no manifest": (without_manifest, "manifest.json doesn't exist"),
    "unreadable LiteRT file": (with_another("model.tflite", lambda *_: b"no model"), "the model server can't load it"),
    "weights of NaN": (with_another("model.tflite", lambda *_: broken_litert("nans")), "not finite numbers"),
    "other golden predictions": (with_another("model.json", golden_of_another), "predictions differ from model.json"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_version_is_quarantined_by_name_and_production_stays(
    stage: Stage, versions: Versions, tmp_path: Path, kind: str
) -> None:
    spoil, reason = BROKEN[kind]
    stage.number += 1
    spoil(stage.store, versions, stage.number, tmp_path / "spoilt")
    move_channels(stage.store, candidate=stage.number)
    move_channels(stage.store, production=stage.number)
    answered: set[int | None] = set()

    def quarantined_after_asking() -> bool:
        answered.add(production(stage.client))
        return any(one.version == stage.number for one in status(stage.store).quarantined)

    step_until(stage.sidecar, quarantined_after_asking)
    assert reason in status(stage.store).quarantined[-1].reason
    step_until(stage.sidecar, lambda: status(stage.store).on_disk == (1,))
    assert answered | {production(stage.client)} == {1}
    assert available(stage.client) == {1}
    assert status(stage.store).labels == {"production": 1}


def publish_again_with_other_content(store: ObjectStore, versions: Versions, number: int) -> None:
    versions.publish(store, number, seed=number + 1)


def test_a_number_that_was_published_again_with_other_content_is_quarantined_when_it_isnt_serving(
    store: ObjectStore, versions: Versions, sidecar: Sidecar, client: ModelClient
) -> None:
    for number in (1, 2):
        versions.publish(store, number)
        move_channels(store, production=number)
        step_until(sidecar, lambda number=number: production(client) == number)  # type: ignore[misc]
    step_until(sidecar, lambda: status(store).labels == {"production": 2})
    publish_again_with_other_content(store, versions, 1)
    step_until(sidecar, lambda: [one.version for one in status(store).quarantined] == [1])
    assert "published again with other content" in status(store).quarantined[0].reason
    move_channels(store, production=1)
    for _ in range(10):
        time.sleep(0.03)
        sidecar.step()
    assert production(client) == 2


def test_production_goes_on_with_its_first_content_when_its_number_is_published_again(
    store: ObjectStore,
    versions: Versions,
    sidecar: Sidecar,
    client: ModelClient,
    *,
    logged: list[dict[str, Any]],
) -> None:
    first = versions.publish(store, 1)
    move_channels(store, production=1)
    step_until(sidecar, lambda: production(client) == 1)
    publish_again_with_other_content(store, versions, 1)
    step_until(sidecar, lambda: any("with other content" in problem for problem in status(store).problems))
    assert len([line for line in logged if line.get("problem", "").startswith("ALERT")]) == 1
    assert np.allclose(client.golden(label="production").probabilities, first.golden, atol=1e-4)


def test_models_are_kept_in_step_side_by_side(
    store: ObjectStore, versions: Versions, server: ModelServer, client: ModelClient, tmp_path: Path
) -> None:
    """Both are the same network; the second is published under another name."""
    versions.publish(store, 1)
    move_channels(store, production=1)
    description = versions.describe(2).model_copy(update={"name": "moles"})
    folder = shutil.copytree(versions.folder(2), tmp_path / "moles")
    (folder / "model.json").write_bytes(description.to_json())
    publish_version(store, folder, description)
    store.put(keys.channels("moles"), Channels().with_production(2, "a test").to_json())
    with ModelClient(server.address, "moles") as moles:
        volume = Volume(server.volume, "moles")
        volume.prepare()
        settings = SyncSettings(serving_volume=server.volume, replica=REPLICA, serving_poll_s=0.05)
        sidecars = [new_sidecar(store, server, client), Sidecar(settings, store, moles, volume, model="moles")]
        while (production(client), production(moles)) != (1, 2):
            for one in sidecars:
                one.step()
            time.sleep(0.02)
    assert read_document(store, keys.replica_status(f"{REPLICA}-moles"), ReplicaStatus).labels == {"production": 2}


def test_a_version_that_doesnt_fit_waits_until_there_is_room_and_nothing_in_use_is_deleted_for_it(
    store: ObjectStore, versions: Versions, server: ModelServer, client: ModelClient
) -> None:
    versions.publish(store, 1)
    move_channels(store, production=1)
    step_until(new_sidecar(store, server, client), lambda: production(client) == 1)
    volume = Volume(server.volume, "acne")
    held_mb = volume.held_bytes() // 10**6 + 1
    tight = Sidecar(
        SyncSettings(
            serving_volume=server.volume,
            replica=REPLICA,
            serving_poll_s=0.05,
            serving_grace_s=GRACE_S,
            serving_disk_budget_mb=held_mb,
        ),
        store,
        client,
        volume,
    )
    (versions.folder(2) / "ballast").write_bytes(bytes(10**6))
    versions.publish(store, 2)
    (versions.folder(2) / "ballast").unlink()
    move_channels(store, production=2)
    step_until(tight, lambda: any("of the budget of" in problem for problem in status(store).problems))
    assert production(client) == 1
    assert status(store).on_disk == (1,)
    assert status(store).quarantined == ()


def test_after_all_broken_versions_a_good_one_still_comes_in(stage: Stage, versions: Versions) -> None:
    stage.number += 1
    versions.publish(stage.store, stage.number)
    move_channels(stage.store, production=stage.number)
    step_until(stage.sidecar, lambda: production(stage.client) == stage.number)


def test_a_quarantine_is_lifted_when_no_channel_names_the_version_any_more(
    store: ObjectStore, versions: Versions, sidecar: Sidecar, client: ModelClient
) -> None:
    versions.publish(store, 1)
    move_channels(store, candidate=1)
    spoil_hash(store, 1)
    step_until(sidecar, lambda: bool(status(store).quarantined))
    versions.publish(store, 1)
    store.put(keys.channels("acne"), Channels().to_json())
    step_until(sidecar, lambda: not status(store).quarantined)
    move_channels(store, production=1)
    step_until(sidecar, lambda: production(client) == 1)


def test_the_store_may_go_away_and_come_back(
    store: ObjectStore,
    store_settings: StoreSettings,
    versions: Versions,
    server: ModelServer,
    client: ModelClient,
    *,
    logged: list[dict[str, Any]],
) -> None:
    versions.publish(store, 1)
    move_channels(store, production=1)
    with Gate(str(store_settings.store_endpoint)) as gate:
        own = ObjectStore(store_settings.model_copy(update={"store_endpoint": gate.url}))
        sidecar = new_sidecar(own, server, client)
        step_until(sidecar, lambda: production(client) == 1)
        gate.shut()
        for _ in range(2):
            time.sleep(0.06)
            sidecar.step()
        assert production(client) == 1
        assert [line["event"] for line in logged if line.get("subject") == "store"] == ["problem"]
        versions.publish(store, 2)
        move_channels(store, production=2)
        gate.open()
        step_until(sidecar, lambda: production(client) == 2)
    assert [line["event"] for line in logged if line.get("subject") == "store"] == ["problem", "problem over"]


def test_the_model_server_may_go_away_and_come_back(
    store: ObjectStore, versions: Versions, tmp_path: Path, logged: list[dict[str, Any]]
) -> None:
    Volume(tmp_path, "acne").take().close()
    ports = free_ports(2)
    versions.publish(store, 1)
    versions.publish(store, 2)
    move_channels(store, production=1)
    with ModelClient(f"127.0.0.1:{ports[0]}", "acne") as client:
        with running_model_server(tmp_path, ports=(ports[0], ports[1])) as server:
            sidecar = new_sidecar(store, server, client)
            step_until(sidecar, lambda: production(client) == 1)
        move_channels(store, production=2)
        step_until(sidecar, lambda: status(store).on_disk == (1, 2))
        assert status(store).labels == {"production": 1}
        assert any("waiting for it" in problem for problem in status(store).problems)
        with running_model_server(tmp_path, ports=(ports[0], ports[1])):
            step_until(sidecar, lambda: production(client) == 2)
            step_until(sidecar, lambda: status(store).problems == ())
    assert len([line for line in logged if "waiting for it" in line.get("problem", "")]) == 1


def test_a_sidecar_that_starts_again_takes_up_where_the_last_one_stopped(
    store: ObjectStore, versions: Versions, server: ModelServer, client: ModelClient
) -> None:
    versions.publish(store, 1)
    versions.publish(store, 2)
    move_channels(store, production=1)
    first = new_sidecar(store, server, client)
    step_until(first, lambda: production(client) == 1)
    move_channels(store, production=2)
    step_until(first, lambda: 2 in status(store).on_disk)
    second = new_sidecar(store, server, client)
    before = (server.volume / "models.config").read_text()
    assert "production" in before
    step_until(second, lambda: production(client) == 2 and available(client) == {2})


def test_channels_that_cant_be_read_change_nothing(
    store: ObjectStore, versions: Versions, sidecar: Sidecar, client: ModelClient
) -> None:
    versions.publish(store, 1)
    move_channels(store, production=1)
    step_until(sidecar, lambda: production(client) == 1)
    store.put(keys.channels("acne"), b"{}{")
    step_until(sidecar, lambda: any("channels.json" in problem for problem in status(store).problems))
    store.delete(keys.channels("acne"))
    for _ in range(3):
        time.sleep(0.06)
        sidecar.step()
    assert production(client) == 1
