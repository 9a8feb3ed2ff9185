"""The version in production, as a yardstick: its LiteRT file, and whether it can be compared at all."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contracts import keys
from contracts.dataset import DatasetItem, DatasetManifest, Split
from contracts.models.version import DESCRIPTION_FILE, LITERT_FILE, ModelDescription, VersionManifest
from imaging import PREPROCESSING
from inference import LiteRtModel
from objectstore import IntegrityError, ObjectStore, read_document
from trainer.data.datasets import load_items

YARDSTICK_FILES = (DESCRIPTION_FILE, LITERT_FILE)
MIN_COMPARED_IMAGES = 50
"""Where production learnt from some of the test images, at least so many others are needed to compare on."""


def load_production(store: ObjectStore, model: str, version: int, folder: Path) -> LiteRtModel:
    """Download and load a version's LiteRT file; raises StoreError or UnusableModelError."""
    base = keys.version(model, version)
    manifest = read_document(store, keys.manifest(base), VersionManifest)
    files = {entry.path: entry for entry in manifest.files}
    for name in YARDSTICK_FILES:
        if name not in files:
            msg = f"version {version} of {model} has no {name}"
            raise IntegrityError(msg)
        store.download(f"{base}/{name}", folder / name, sha256=files[name].sha256, size=files[name].size)
    return LiteRtModel(folder)


def new_to(store: ObjectStore, production: ModelDescription, tests: Sequence[DatasetItem]) -> npt.NDArray[np.bool_]:
    """Which of N test images production hasn't learnt from, nor from another image of their group.

    With the seed of production's split it is all of them, since test images stay test images. Where production's
    dataset isn't in the store any more, nothing is known against any image.
    """
    folder = keys.dataset(production.dataset_id)
    if store.head(keys.manifest(folder)) is None:
        return np.ones(len(tests), dtype=np.bool_)
    dataset = read_document(store, keys.manifest(folder), DatasetManifest)
    learnt = {item.sha256 for item in load_items(store, dataset) if item.split is not Split.TEST}
    known = {item.group for item in tests if item.sha256 in learnt}
    return np.array([item.group not in known for item in tests])


def why_incomparable(
    production: ModelDescription, classes: Sequence[str], tests: Sequence[DatasetItem], new: npt.NDArray[np.bool_]
) -> str | None:
    """Why production's predictions are no yardstick for a candidate; None if they are.

    `new` [N] tells which test images production hasn't learnt from.
    """
    theirs = {each.name for each in production.classes}
    if theirs != set(classes):
        difference = ", ".join(sorted(theirs ^ set(classes)))
        return f"version {production.version} in production knows other classes ({difference})"
    if production.preprocessing != PREPROCESSING:
        return f"version {production.version} in production sees pictures differently ({production.preprocessing})"
    left = {item.label for item, is_new in zip(tests, new, strict=True) if is_new}
    if not new.all() and (new.sum() < MIN_COMPARED_IMAGES or left != set(classes)):
        return (
            f"version {production.version} in production learnt from all but {new.sum()} of the {len(tests)} test "
            f"images (its split had another seed), too few to compare on"
        )
    return None


def in_order_of(
    classes: Sequence[str], production: ModelDescription, probabilities: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Production's [N, K] probabilities with their columns in the order of `classes`."""
    theirs = [each.name for each in production.classes]
    return probabilities[:, [theirs.index(name) for name in classes]]
