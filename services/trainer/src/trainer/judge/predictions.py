"""What the exported LiteRT file says of every test image, and production's beside it on the same pixels."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contracts import keys
from contracts.dataset import DatasetItem, DatasetManifest, Split
from contracts.models.version import DESCRIPTION_FILE, LITERT_FILE, ModelDescription, VersionManifest
from imaging import INPUT_SIDE_PX, PREPROCESSING, read_pixels
from inference import LiteRtClassifier, LiteRtModel, Outputs, UnusableModelError, stack
from objectstore import IntegrityError, ObjectStore, read_document
from objectstore.channels import read_channels
from trainer.data.datasets import load_items
from trainer.errors import TrainerError
from trainer.photos import for_each_photo
from trainer.progress import Progress

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

SAMPLE = 256
"""Test images whose pixels are kept for what takes several runs of each; 40 MB at most."""
MIN_COMPARED_IMAGES = 50
"""Where production learnt from some of the test images, at least so many others are needed to compare on."""


@dataclass(frozen=True, slots=True, eq=False)
class Yardstick:
    """Production, as far as it can be compared with."""

    version: int | None
    file: Path | None
    """Its LiteRT file."""
    reason: str | None
    """Why it can't be compared with; None if it can."""
    probabilities: Floats | None
    """[N, K] in the candidate's order of classes."""
    new: npt.NDArray[np.bool_]
    """[N], which test images production hasn't learnt from."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Of N test images with K classes."""

    outputs: Outputs
    sample: Pixels
    """uint8 [S, 224, 224, 3] of the first images; items stand in the order of hashes, so these are random ones."""
    production: Yardstick


def predict(
    store: ObjectStore, tests: Sequence[DatasetItem], folder: Path, classes: Sequence[str], *, model: str, local: Path
) -> Predictions:
    """Run the test images through `model.tflite` in `folder` and, where it can be compared with, through production.

    Production's files go to `local`; if its LiteRT file can't be run, that is an UnusableModelError, if ours can't, a
    TrainerError.
    """
    version = read_channels(store, model).production
    reason: str | None = "no version is in production yet"
    new = np.ones(len(tests), dtype=np.bool_)
    production = None
    with ExitStack() as opened:
        if version is not None:
            production = opened.enter_context(load_production(store, model, version, local))
            new = new_to(store, production.description, tests)
            reason = why_incomparable(production.description, classes, tests, new)
        try:
            compared = production if reason is None else None
            outputs, sample, theirs = _run(store, tests, folder / LITERT_FILE, len(classes), compared)
        except UnusableModelError as error:
            msg = f"the exported file is broken, so nothing is published: {error}"
            raise TrainerError(msg) from error
        if production is not None and theirs is not None:
            theirs = in_order_of(classes, production.description, theirs)
    file = None if version is None else local / LITERT_FILE
    return Predictions(outputs, sample, Yardstick(version, file, reason, theirs, new))


def _run(
    store: ObjectStore, tests: Sequence[DatasetItem], file: Path, classes: int, production: LiteRtClassifier | None
) -> tuple[Outputs, Pixels, Floats | None]:
    """The file's outputs, the sample, and [N, K of production] probabilities by `production`."""
    progress = Progress("test images judged", len(tests))
    sample: list[Pixels] = []
    ours: list[Outputs] = []
    theirs: list[Floats] = []
    with LiteRtClassifier(file, classes=classes, side_px=INPUT_SIDE_PX) as litert:

        def run(_: DatasetItem, data: bytes) -> tuple[Pixels, Outputs, Floats | None]:
            pixels = read_pixels(data)
            ours = litert.submit(pixels)
            theirs = None if production is None else production.submit(pixels).result().probabilities
            result = ours.result()
            progress.advance()
            return pixels, result, theirs

        for pixels, outputs, compared in for_each_photo(store, tests, run):
            if len(sample) < SAMPLE:
                sample.append(pixels)
            ours.append(outputs)
            if compared is not None:
                theirs.append(compared)
    return stack(ours), np.stack(sample), np.concatenate(theirs) if theirs else None


def load_production(store: ObjectStore, model: str, version: int, folder: Path) -> LiteRtModel:
    """Download and load a version's LiteRT file; raises StoreError or UnusableModelError."""
    base = keys.version(model, version)
    manifest = read_document(store, keys.manifest(base), VersionManifest)
    files = {entry.path: entry for entry in manifest.files}
    for name in (DESCRIPTION_FILE, LITERT_FILE):
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


def in_order_of(classes: Sequence[str], production: ModelDescription, probabilities: Floats) -> Floats:
    """Production's [N, K] probabilities with their columns in the order of `classes`."""
    theirs = [each.name for each in production.classes]
    return probabilities[:, [theirs.index(name) for name in classes]]
