"""A version reaches the volume whole and as its manifest says, or not at all."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts import keys
from objectstore import ObjectStore, StoreSettings, StoreUnavailableError
from serving.errors import VersionRefusedError, VolumeError
from serving.sync.download import download_version
from serving.sync.volume import Volume
from stack.seaweedfs import SeaweedFS, free_ports
from support.versions import Versions, publish_version

EXTRA = f"{keys.version('acne', 1)}/extra.sh"


@pytest.fixture(scope="module")
def store(s3_server: SeaweedFS) -> ObjectStore:
    """One bucket for all of these tests: each publishes version 1 afresh."""
    store = ObjectStore(s3_server.settings("downloads"))
    store.ensure_bucket()
    return store


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    volume = Volume(tmp_path / "volume", "acne")
    volume.folder.mkdir(parents=True)
    return volume


def change_manifest(store: ObjectStore, change: Callable[[dict[str, Any]], object]) -> None:
    """Rewrite a published manifest as no publisher of ours would."""
    key = keys.manifest(keys.version("acne", 1))
    fields = json.loads(store.get(key).body)
    change(fields)
    store.put(key, json.dumps(fields).encode())


def test_the_saved_models_content_stands_at_the_top_beside_the_other_files(
    store: ObjectStore, volume: Volume, versions: Versions
) -> None:
    versions.publish(store, 1)
    download_version(store, "acne", 1, volume)
    folder = volume.version(1)
    assert {path.name for path in folder.iterdir()} >= {
        "saved_model.pb",
        "variables",
        "model.tflite",
        "model.json",
        "model_card.md",
    }
    assert (folder / "variables" / "variables.index").is_file()
    assert not (folder / "saved_model").exists()
    published = versions.folder(1)
    assert (folder / "model.tflite").read_bytes() == (published / "model.tflite").read_bytes()
    assert (folder / "saved_model.pb").read_bytes() == (published / "saved_model" / "saved_model.pb").read_bytes()
    assert volume.on_disk() == {1}


def test_a_model_server_of_another_user_may_read_it(store: ObjectStore, volume: Volume, versions: Versions) -> None:
    versions.publish(store, 1)
    download_version(store, "acne", 1, volume)
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in volume.version(1).rglob("*"))


def alter(store: ObjectStore, name: str) -> None:
    key = f"{keys.version('acne', 1)}/{name}"
    body = bytearray(store.get(key).body)
    body[len(body) // 2] ^= 1
    store.put(key, bytes(body))


def shorten(store: ObjectStore, name: str) -> None:
    key = f"{keys.version('acne', 1)}/{name}"
    store.put(key, store.get(key).body[:-100])


def list_path(path: str) -> Callable[[ObjectStore], None]:
    entry = {"path": path, "sha256": "0" * 64, "size": 0}
    return lambda store: change_manifest(store, lambda fields: fields["files"].append(entry))


def replace_field(**changes: object) -> Callable[[ObjectStore], None]:
    return lambda store: change_manifest(store, lambda fields: fields.update(changes))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda store: alter(store, "model.tflite"), r"model\.tflite: expected \d+ bytes with SHA-256"),
        (lambda store: shorten(store, "saved_model/saved_model.pb"), r"saved_model\.pb: expected \d+ bytes"),
        (lambda store: store.delete(f"{keys.version('acne', 1)}/model_card.md"), r"model_card\.md doesn't exist"),
        (lambda store: store.delete(f"{keys.version('acne', 1)}/manifest.json"), r"manifest\.json doesn't exist"),
        (lambda store: store.put(f"{keys.version('acne', 1)}/manifest.json", b"{"), "no valid VersionManifest"),
        (list_path("../../../etc/cron.d/x"), "not a plain relative path"),
        (list_path("/etc/passwd"), "not a plain relative path"),
        (list_path("saved_model/model.json"), r"would be the same file"),
        (list_path("variables"), "would be a file and a folder"),
        (list_path("manifest.json"), "would lie where the sidecar writes"),
        (list_path("saved_model/assets.extra/tf_serving_warmup_requests"), "would lie where the sidecar writes"),
        (lambda store: store.put(EXTRA, b"#!/bin/sh"), r"extra\.sh isn't listed in the version's manifest"),
        (
            lambda store: change_manifest(store, lambda fields: fields["files"][0].update(size=10 * 10**9)),
            "its manifest claims 10,0.* no version may have more",
        ),
        (replace_field(version=2), "is the manifest of acne version 2"),
        (replace_field(name="other"), "is the manifest of other version 1"),
        (replace_field(files=[]), r"lists no model\.json"),
    ],
)
def test_a_version_that_isnt_what_its_manifest_says_leaves_nothing_behind(
    store: ObjectStore, volume: Volume, versions: Versions, spoil: Callable[[ObjectStore], None], reason: str
) -> None:
    store.delete(EXTRA)
    versions.publish(store, 1)
    spoil(store)
    with pytest.raises(VersionRefusedError, match=reason):
        download_version(store, "acne", 1, volume)
    assert list(volume.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"version": 3}, "is of acne version 3"),
        ({"name": "other"}, "is of other version 1"),
        ({"preprocessing": "crop-299/1"}, "preprocessing 'crop-299/1'"),
    ],
)
def test_a_model_json_that_doesnt_belong_there_is_refused(
    store: ObjectStore, volume: Volume, versions: Versions, tmp_path: Path, *, changed: dict[str, Any], reason: str
) -> None:
    folder = shutil.copytree(versions.folder(1), tmp_path / "changed")
    description = versions.describe(1)
    (folder / "model.json").write_bytes(description.model_copy(update=changed).to_json())
    publish_version(store, folder, description)
    with pytest.raises(VersionRefusedError, match=reason):
        download_version(store, "acne", 1, volume)
    assert list(volume.folder.iterdir()) == []


def test_a_version_that_the_disk_cant_hold_isnt_begun(
    store: ObjectStore, volume: Volume, versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.delete(EXTRA)
    versions.publish(store, 1)
    monkeypatch.setattr("serving.sync.download.MIN_FREE_BYTES", 2 * shutil.disk_usage(volume.folder).free)
    with pytest.raises(VolumeError, match=r"needs .* bytes .* but only"):
        download_version(store, "acne", 1, volume)
    assert list(volume.folder.iterdir()) == []


def test_an_interrupted_download_goes_on_with_the_files_that_are_missing(
    store: ObjectStore, volume: Volume, versions: Versions
) -> None:
    versions.publish(store, 1)
    download_version(store, "acne", 1, volume)
    volume.version(1).rename(volume.partial(1))
    (volume.partial(1) / "model.tflite").unlink()
    kept = (volume.partial(1) / "saved_model.pb").stat().st_mtime_ns
    download_version(store, "acne", 1, volume)
    assert (volume.version(1) / "model.tflite").is_file()
    assert (volume.version(1) / "saved_model.pb").stat().st_mtime_ns == kept


def test_a_version_that_doesnt_fit_into_the_budget_isnt_begun(
    store: ObjectStore, volume: Volume, versions: Versions
) -> None:
    store.delete(EXTRA)
    versions.publish(store, 1)
    needed = sum(
        entry["size"] for entry in json.loads(store.get(f"{keys.version('acne', 1)}/manifest.json").body)["files"]
    )
    (volume.folder / "7").mkdir()
    (volume.folder / "7" / "model.tflite").write_bytes(bytes(1000))
    with pytest.raises(VolumeError, match=r"of the budget of [\d,]+ bytes 1,000 are taken by versions that are served"):
        download_version(store, "acne", 1, volume, budget_bytes=needed + 999)
    assert not volume.partial(1).exists()
    download_version(store, "acne", 1, volume, budget_bytes=needed + 1000)


def test_a_file_that_broke_off_is_gone_on_with_where_it_stopped(
    store: ObjectStore, volume: Volume, versions: Versions
) -> None:
    store.delete(EXTRA)
    versions.publish(store, 1)
    whole = (versions.folder(1) / "model.tflite").read_bytes()
    part = volume.partial(1) / ".model.tflite.part"
    part.parent.mkdir()
    for begun in (whole[:-5], b"of another version", whole + b"and more"):
        part.parent.mkdir(exist_ok=True)
        part.write_bytes(begun)
        download_version(store, "acne", 1, volume)
        assert (volume.version(1) / "model.tflite").read_bytes() == whole
        volume.delete(1)
    # only the missing bytes are asked for: nobody notices that the store has changed the first ones
    store.put(f"{keys.version('acne', 1)}/model.tflite", b"x" + whole[1:])
    part.parent.mkdir()
    part.write_bytes(whole[:-5])
    download_version(store, "acne", 1, volume)
    assert (volume.version(1) / "model.tflite").read_bytes() == whole


def test_a_store_that_is_away_is_no_fault_of_the_version(volume: Volume, store: ObjectStore) -> None:
    (port,) = free_ports(1)
    endpoint = f"http://127.0.0.1:{port}"
    settings = StoreSettings.model_validate(
        {"bucket": "b", "store_endpoint": endpoint, "store_access_key": "k", "store_secret_key": "s"}
    )
    with pytest.raises(StoreUnavailableError):
        download_version(ObjectStore(settings), "acne", 1, volume)
