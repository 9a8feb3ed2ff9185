"""The version in production, as a yardstick: its LiteRT file, and whether it can be compared at all."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contracts import keys
from contracts.model import DESCRIPTION_FILE, LITERT_FILE, ModelDescription, VersionManifest
from imaging import PREPROCESSING
from inference import LiteRtModel
from objectstore import IntegrityError, ObjectStore, read_document

YARDSTICK_FILES = (DESCRIPTION_FILE, LITERT_FILE)


def load_production(store: ObjectStore, model: str, version: int, folder: Path) -> LiteRtModel:
    """Download and load a version's LiteRT file.

    Raises:
        StoreError: if the version isn't there or is damaged.
        UnusableModelError: if it can't be run.
    """
    base = keys.version(model, version)
    manifest = read_document(store, keys.manifest(base), VersionManifest)
    files = {entry.path: entry for entry in manifest.files}
    for name in YARDSTICK_FILES:
        if name not in files:
            msg = f"version {version} of {model} has no {name}"
            raise IntegrityError(msg)
        store.download(f"{base}/{name}", folder / name, sha256=files[name].sha256, size=files[name].size)
    return LiteRtModel(folder)


def why_incomparable(production: ModelDescription, classes: Sequence[str]) -> str | None:
    """Why production's predictions are no yardstick for a candidate with these classes; None if they are."""
    theirs = {each.name for each in production.classes}
    if theirs != set(classes):
        difference = ", ".join(sorted(theirs ^ set(classes)))
        return f"version {production.version} in production knows other classes ({difference})"
    if production.preprocessing != PREPROCESSING:
        return f"version {production.version} in production sees pictures differently ({production.preprocessing})"
    return None


def in_order_of(
    classes: Sequence[str], production: ModelDescription, probabilities: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Production's [N, K] probabilities with their columns in the order of `classes`."""
    theirs = [each.name for each in production.classes]
    return probabilities[:, [theirs.index(name) for name in classes]]
