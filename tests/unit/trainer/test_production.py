"""When the version in production is a yardstick for a candidate, and when it isn't."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from contracts import keys
from contracts.dataset import DatasetItem, DatasetManifest, Split
from contracts.manifest import ClassLabel, FileEntry, utc_now
from contracts.models.version import ModelDescription, Thresholds
from contracts.run import Interval, Metrics, StartingWeights
from imaging import PREPROCESSING
from objectstore import ObjectStore, publish_folder
from trainer.data.datasets import ITEMS_FILE, write_items
from trainer.judge.predictions import in_order_of, new_to, why_incomparable

CLASSES = ("rosacea", "milia")
NOTHING = Interval(value=0, low=0, high=0)


def production(**changes: object) -> ModelDescription:
    """A description of version 3, in production."""
    description = ModelDescription(
        name="acne",
        version=3,
        classes=tuple(ClassLabel(name=name, display_name=name) for name in CLASSES),
        preprocessing=PREPROCESSING,
        temperature=1.0,
        thresholds=Thresholds(uncertain=0.5, unsupported=0.5),
        golden=(),
        synthetic=True,
        notice="",
        dataset_id="d" * 16,
        run_id="run",
        trained_at=utc_now(),
        git_commit=None,
        libraries={},
        weights=StartingWeights(source="none", name="random", sha256=None),
        metrics=Metrics(
            test_images=0,
            test_groups=0,
            macro_f1=NOTHING,
            accuracy=NOTHING,
            expected_calibration_error=0,
            per_class={},
            confusion=(),
        ),
    )
    return description.model_copy(update=changes)


def items(count: int, split: Split = Split.TEST, *, per_group: int = 1, start: int = 0) -> list[DatasetItem]:
    return [
        DatasetItem(
            sha256=hashlib.sha256(str(n).encode()).hexdigest(),
            key=f"images/{n}.jpg",
            label=CLASSES[n // per_group % 2],
            split=split,
            group=f"group-{n // per_group}",
            source="drawn",
            skin_tone=None,
        )
        for n in range(start, start + count)
    ]


def publish_dataset(store: ObjectStore, rows: Sequence[DatasetItem], folder: Path) -> None:
    write_items(folder / ITEMS_FILE, list(rows))

    def manifest(files: tuple[FileEntry, ...]) -> DatasetManifest:
        return DatasetManifest(
            dataset_id="d" * 16,
            created_at=utc_now(),
            snapshots=(),
            synthetic=True,
            notice="",
            seed=0,
            classes=production().classes,
            counts={},
            dropped_classes={},
            excluded=(),
            files=files,
        )

    publish_folder(store, keys.dataset("d" * 16), folder, manifest)


def test_test_images_that_production_was_tested_on_are_new_to_it(store: ObjectStore, tmp_path: Path) -> None:
    tests = items(60)
    publish_dataset(store, [*tests, *items(100, Split.TRAIN, start=60)], tmp_path)
    new = new_to(store, production(), tests)
    assert new.all()
    assert why_incomparable(production(), CLASSES, tests, new) is None


def test_an_image_whose_group_production_learnt_from_isnt_new_to_it(store: ObjectStore, tmp_path: Path) -> None:
    tests = items(60, per_group=3)
    learnt = [tests[0]._replace(split=Split.TRAIN), tests[3]._replace(split=Split.VALIDATION), *tests[6:]]
    publish_dataset(store, learnt, tmp_path)
    assert np.flatnonzero(~new_to(store, production(), tests)).tolist() == [0, 1, 2, 3, 4, 5]


def test_without_productions_dataset_nothing_is_held_against_an_image(store: ObjectStore) -> None:
    assert new_to(store, production(), items(5)).all()


@pytest.mark.parametrize(("new_images", "comparable"), [(49, False), (50, True)])
def test_too_few_new_images_are_no_ground_for_a_comparison(new_images: int, comparable: bool) -> None:
    tests = items(100)
    reason = why_incomparable(production(), CLASSES, tests, np.arange(100) < new_images)
    assert (reason is None) is comparable
    assert comparable or "learnt from all but 49 of the 100 test images" in str(reason)


def test_a_class_without_new_images_is_no_ground_for_a_comparison() -> None:
    tests = items(200)
    only_rosacea = np.array([item.label == "rosacea" for item in tests])
    assert "too few to compare on" in str(why_incomparable(production(), CLASSES, tests, only_rosacea))


def test_other_classes_or_another_preprocessing_are_no_yardstick() -> None:
    tests, new = items(4), np.ones(4, dtype=np.bool_)
    assert "knows other classes (acne-cystic)" in str(
        why_incomparable(production(), (*CLASSES, "acne-cystic"), tests, new)
    )
    other = production(preprocessing="squeeze/9")
    assert "sees pictures differently (squeeze/9)" in str(why_incomparable(other, CLASSES, tests, new))


def test_the_order_of_the_classes_doesnt_matter() -> None:
    tests, new = items(4), np.ones(4, dtype=np.bool_)
    assert why_incomparable(production(), ("milia", "rosacea"), tests, new) is None
    ordered = in_order_of(("milia", "rosacea"), production(), np.array([[0.9, 0.1]], np.float32))
    np.testing.assert_array_equal(ordered, np.array([[0.1, 0.9]], np.float32))
