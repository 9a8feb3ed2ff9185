"""What goes from the store and what stays: nothing in use goes, whoever asks."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts import keys
from contracts.dataset import DatasetManifest
from contracts.feedback import Feedback, FeedbackImage
from contracts.manifest import ClassLabel, InvalidManifestError
from contracts.models.version import VersionManifest
from contracts.run import RunManifest, StartingWeights, TrainSettings
from contracts.snapshot import SnapshotClass, SnapshotImage, SnapshotManifest
from objectstore import ObjectStore
from trainer.publish.clean_store import clean_store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CLASSES = (ClassLabel(name="acne", display_name="Acne"), ClassLabel(name="rosacea", display_name="Rosacea"))


def picture(store: ObjectStore, number: int) -> str:
    key = keys.image(f"{number:064x}", "jpg")
    store.put(key, b"a picture")
    return key


def snapshot(store: ObjectStore, hours: int, *pictures: int, source: str = "sample") -> str:
    """The URI of a snapshot's manifest that names these pictures."""
    images = tuple(
        SnapshotImage(
            sha256=f"{number:064x}",
            key=picture(store, number),
            size=9,
            width=256,
            height=256,
            label="acne",
            group=str(number),
            url=f"http://site/{number}.jpg",
            licence="CC0-1.0",
            fetched_at=NOW,
        )
        for number in pictures
    )
    manifest = SnapshotManifest(
        source=source,
        created_at=NOW,
        synthetic=True,
        notice="drawn",
        classes=tuple(
            SnapshotClass(name=each.name, display_name=each.display_name, minimum_images=1) for each in CLASSES
        ),
        images=images,
        refused={},
    )
    key = keys.snapshot(source, NOW + timedelta(hours=hours))
    store.put(key, manifest.to_json())
    return store.uri(key)


def dataset(store: ObjectStore, name: str, *snapshots: str) -> str:
    manifest = DatasetManifest(
        dataset_id=name,
        created_at=NOW,
        snapshots=snapshots,
        synthetic=True,
        notice="drawn",
        seed=0,
        classes=CLASSES,
        counts={},
        dropped_classes={},
        excluded=(),
        files=(),
    )
    store.put(f"{keys.dataset(name)}/items.parquet", b"rows")
    store.put(keys.manifest(keys.dataset(name)), manifest.to_json())
    return name


def run(store: ObjectStore, name: str, dataset_id: str) -> str:
    manifest = RunManifest(
        run_id=name,
        created_at=NOW,
        dataset=store.uri(keys.manifest(keys.dataset(dataset_id))),
        dataset_id=dataset_id,
        synthetic=True,
        notice="drawn",
        classes=CLASSES,
        settings=TrainSettings(),
        weights=StartingWeights(source="none", name="none", sha256=None),
        validation_macro_f1=0.9,
        files=(),
    )
    store.put(f"{keys.run(name)}/history.jsonl", b"{}")
    store.put(keys.evaluation(name), b"{}")
    store.put(keys.manifest(keys.run(name)), manifest.to_json())
    return name


def version(store: ObjectStore, number: int, run_id: str) -> None:
    manifest = VersionManifest(name="acne", version=number, created_at=NOW, run_id=run_id, files=())
    store.put(keys.manifest(keys.version("acne", number)), manifest.to_json())


def everything(store: ObjectStore) -> set[str]:
    return {each.key for each in store.walk("")}


@pytest.fixture
def history(store: ObjectStore) -> ObjectStore:
    """Version 1 of a first dataset, a second dataset that came to nothing, and the newest one."""
    first, second = snapshot(store, 0, 1, 2), snapshot(store, 1, 2, 3)
    run(store, "published", dataset(store, "first", first))
    version(store, 1, "published")
    run(store, "forgotten", dataset(store, "second", second))
    dataset(store, "third", snapshot(store, 2, 2, 4))
    picture(store, 9)
    return store


def test_what_a_published_version_came_from_stays_and_the_rest_goes(history: ObjectStore) -> None:
    before = everything(history)
    result = clean_store(history, delete=True, keep_days=0)
    gone = before - everything(history)
    assert gone == {
        *(f"{keys.run('forgotten')}/{name}" for name in ("manifest.json", "history.jsonl", "evaluation.json")),
        *(f"{keys.dataset('second')}/{name}" for name in ("manifest.json", "items.parquet")),
        keys.snapshot("sample", NOW + timedelta(hours=1)),
        *(keys.image(f"{number:064x}", "jpg") for number in (3, 9)),
    }
    assert result["deleted"] == len(gone)
    assert result["dry_run"] is False


def test_counting_deletes_nothing_and_counts_what_would_go(history: ObjectStore) -> None:
    before = everything(history)
    counted = clean_store(history, delete=False, keep_days=0)
    assert everything(history) == before
    assert counted["dry_run"] is True
    deleted = clean_store(history, delete=True, keep_days=0)
    assert (counted["deleted"], counted["bytes"]) == (deleted["deleted"], deleted["bytes"])
    assert deleted["bytes"]


def test_a_second_time_there_is_nothing_to_do(history: ObjectStore) -> None:
    clean_store(history, delete=True, keep_days=0)
    assert clean_store(history, delete=True, keep_days=0) == {"deleted": 0, "bytes": 0, "dry_run": False}


def test_what_is_young_stays_with_what_it_names(history: ObjectStore) -> None:
    assert clean_store(history, delete=True, keep_days=1)["deleted"] == 0


def test_the_picture_of_a_correction_stays(store: ObjectStore) -> None:
    sha256, key = f"{5:064x}", picture(store, 5)
    record = Feedback(
        feedback_id="f",
        created_at=NOW,
        model="acne",
        version=1,
        predicted="acne",
        label="rosacea",
        consent=True,
        image=FeedbackImage(key=key, sha256=sha256, size=9, width=256, height=256),
        status="accepted",
    )
    store.put(keys.feedback_record(NOW.date(), "f"), record.to_json())
    assert clean_store(store, delete=True, keep_days=0)["deleted"] == 0


def test_each_sources_newest_snapshot_stays(store: ObjectStore) -> None:
    for source in ("sample", "folder"):
        snapshot(store, 0, 1, source=source)
        snapshot(store, 1, 2, source=source)
    assert clean_store(store, delete=True, keep_days=0)["deleted"] == 3
    assert store.head(keys.snapshot("folder", NOW + timedelta(hours=1)))


def test_a_manifest_that_cannot_be_read_stops_it_before_anything_is_deleted(history: ObjectStore) -> None:
    history.put(keys.manifest(keys.version("acne", 2)), b"{}")
    before = everything(history)
    with pytest.raises(InvalidManifestError):
        clean_store(history, delete=True, keep_days=0)
    assert everything(history) == before


def test_an_empty_store_is_clean(store: ObjectStore) -> None:
    assert clean_store(store, delete=False) == {"deleted": 0, "bytes": 0, "dry_run": True}
