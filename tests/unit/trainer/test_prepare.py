"""Snapshots become a dataset: once, without duplicates or leaks, and with everything that was left out named."""

import subprocess
import sys
from collections import Counter

import pytest

from contracts.dataset import DatasetItem, DatasetManifest, DatasetReport, Split
from contracts.steps import Exit, InvalidInputError
from objectstore import IntegrityError, ObjectNotFoundError, ObjectStore, load_document, read_document
from support.drawn_source import COLOURS, Photo, drawn, patients, put_snapshot
from trainer.dataset_checks import check_groups
from trainer.errors import UnusableDataError
from trainer.items import load_items
from trainer.prepare import prepare


def dataset_of(store: ObjectStore, *uris: str, seed: int = 0) -> tuple[DatasetManifest, list[DatasetItem]]:
    dataset = load_document(store, str(prepare(store, uris, seed)["dataset"]), DatasetManifest)
    return dataset, load_items(store, dataset)


def test_every_image_stands_in_one_split_with_its_patient(store: ObjectStore) -> None:
    dataset, items = dataset_of(store, put_snapshot(store, patients(8, shots=3)))
    assert len(items) == 8 * 3 * len(COLOURS)
    assert len({item.group for item in items}) == 8 * len(COLOURS)
    check_groups(items)
    counted = Counter((item.label, item.split) for item in items)
    assert {(label, split): n for label, of in dataset.counts.items() for split, n in of.items()} == counted
    assert [each.name for each in dataset.classes] == list(COLOURS)
    assert dataset.synthetic


def test_the_same_data_is_the_same_dataset_and_nothing_is_written_twice(store: ObjectStore) -> None:
    snapshot = put_snapshot(store, patients(5))
    first = prepare(store, [snapshot], 0)
    before = {info.key: info.etag for info in store.walk("datasets/")}
    again = put_snapshot(store, list(reversed(patients(5))), day=2)
    assert prepare(store, [again], 0) == first
    assert {info.key: info.etag for info in store.walk("datasets/")} == before


def test_a_photo_under_two_labels_is_left_out_and_listed(store: ObjectStore) -> None:
    twice = drawn("rosacea", 99)
    photos = [*patients(4), Photo(twice, "rosacea", "a"), Photo(twice, "milia", "b")]
    dataset, items = dataset_of(store, put_snapshot(store, photos))
    (excluded,) = dataset.excluded
    assert excluded.labels == ("milia", "rosacea")
    assert excluded.reason == "one photo under two labels"
    assert excluded.sha256 not in {item.sha256 for item in items}


def test_a_photo_seen_twice_under_one_label_counts_once_and_joins_its_cases(store: ObjectStore) -> None:
    shared, other = drawn("rosacea", 99), drawn("rosacea", 98)
    photos = [*patients(4), Photo(shared, "rosacea", "a"), Photo(shared, "rosacea", "b"), Photo(other, "rosacea", "b")]
    dataset, items = dataset_of(store, put_snapshot(store, photos))
    assert len(items) == 4 * len(COLOURS) + 2
    assert max(Counter(item.group for item in items).values()) == 2
    assert dataset.excluded == ()


def test_a_near_duplicate_joins_the_group_of_its_original(store: ObjectStore) -> None:
    original, copy = drawn("milia", 99, size=(400, 300)), drawn("milia", 99, size=(340, 255), quality=70)
    photos = [*patients(4), Photo(original, "milia", "a"), Photo(copy, "milia", "b")]
    _, items = dataset_of(store, put_snapshot(store, photos))
    assert max(Counter(item.group for item in items).values()) == 2


def test_an_unreadable_image_is_left_out_and_listed(store: ObjectStore) -> None:
    photos = [*patients(4), Photo(drawn("milia", 99)[:900], "milia", "cut")]
    dataset, items = dataset_of(store, put_snapshot(store, photos))
    (excluded,) = dataset.excluded
    assert "damaged or cut short" in excluded.reason
    assert len(items) == 4 * len(COLOURS)


def test_a_class_under_its_minimum_is_dropped_by_name(store: ObjectStore) -> None:
    photos = [photo for photo in patients(8) if photo.label != "milia"] + patients(4)[4:8]
    dataset, items = dataset_of(store, put_snapshot(store, photos, minimum=5))
    assert dataset.dropped_classes == {"milia": "4 images, but at least 5 are asked for"}
    assert {item.label for item in items} == {"rosacea", "acne-cystic"}


def test_fewer_than_two_classes_are_refused(store: ObjectStore) -> None:
    photos = [photo for photo in patients(5) if photo.label == "milia"]
    with pytest.raises(UnusableDataError, match="1 of 3 classes have enough images"):
        prepare(store, [put_snapshot(store, photos)], 0)
    assert list(store.walk("datasets/")) == []


def test_a_test_image_stays_one_as_the_source_grows(store: ObjectStore) -> None:
    _, before = dataset_of(store, put_snapshot(store, patients(8)))
    dataset, after = dataset_of(store, put_snapshot(store, patients(20), day=2))
    splits = {item.sha256: item.split for item in after}
    assert {item.sha256: item.split for item in before} == {item.sha256: splits[item.sha256] for item in before}
    assert sum(of[Split.TEST] for of in dataset.counts.values()) > sum(item.split is Split.TEST for item in before)


def test_several_sources_make_one_dataset(store: ObjectStore) -> None:
    one = put_snapshot(store, patients(4), source="one")
    two = put_snapshot(store, patients(4, start=10), source="two")
    dataset, items = dataset_of(store, one, two)
    assert dataset.snapshots == (one, two)
    assert Counter(item.source for item in items) == {"one": 12, "two": 12}


def test_the_report_adds_up(store: ObjectStore) -> None:
    dataset, items = dataset_of(store, put_snapshot(store, patients(5, shots=2)))
    report = read_document(store, f"datasets/{dataset.dataset_id}/report.json", DatasetReport)
    assert (report.images, report.groups, report.largest_group) == (len(items), 15, 2)
    assert sum(report.groups_by_split.values()) == 15
    assert report.skin_tones == {"unknown": len(items)}
    labels = {item.sha256: item.label for item in items}
    assert {labels[sha256] for of in report.samples.values() for sha256 in of} == set(dataset.counts)


def test_a_group_in_two_splits_blocks() -> None:
    items = [DatasetItem("a", "k", "milia", split, "g1", "s", None) for split in (Split.TRAIN, Split.TEST)]
    with pytest.raises(UnusableDataError, match="group g1 is in both train and test"):
        check_groups(items)


def test_an_image_with_other_content_than_its_name_says_stops_the_step(store: ObjectStore) -> None:
    photos = patients(4)
    snapshot = put_snapshot(store, photos)
    key = next(store.walk("images/")).key
    store.put(key, drawn("milia", 1234))
    with pytest.raises(IntegrityError, match=key):
        prepare(store, [snapshot], 0)


def test_what_isnt_there_or_no_uri_is_said_so(store: ObjectStore) -> None:
    with pytest.raises(ObjectNotFoundError):
        prepare(store, [store.uri("sources/drawn/snapshots/x/manifest.json")], 0)
    with pytest.raises(InvalidInputError, match="expected s3://"):
        prepare(store, ["sources/drawn/manifest.json"], 0)


def test_the_command_ends_with_its_result_and_never_loads_tensorflow(
    store: ObjectStore, store_env: dict[str, str]
) -> None:
    uri = put_snapshot(store, patients(4))
    code = (
        "import sys, trainer.cli\n"
        f"sys.argv = ['trainer', 'prepare', '--snapshot', {uri!r}]\n"
        "try: trainer.cli.app()\n"
        "finally: print('tensorflow' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].startswith('::result::{"dataset":"s3://')
    assert done.stderr.strip() == "False"


def test_bad_input_ends_with_exit_code_2_and_a_message(store: ObjectStore, store_env: dict[str, str]) -> None:
    uri = put_snapshot(store, patients(1))
    command = [sys.executable, "-m", "trainer", "prepare", "--snapshot", uri]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == Exit.INVALID
    assert "0 of 3 classes have enough images" in done.stderr


def test_a_missing_setting_is_named(store_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACNEFLOW_STORE_ACCESS_KEY")
    done = subprocess.run([sys.executable, "-m", "trainer", "list"], capture_output=True, text=True, check=False)
    assert done.returncode == Exit.INVALID
    assert "ACNEFLOW_STORE_ACCESS_KEY: field required" in done.stderr
