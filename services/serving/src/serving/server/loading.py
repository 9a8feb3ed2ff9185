"""From a version folder to a version that has proven it can predict."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imaging import PREPROCESSING, golden_pixels
from inference import LiteRtModel, UnusableModelError, stack


@dataclass(frozen=True, slots=True)
class LoadedVersion:
    """A version that is ready; closing it frees its interpreters."""

    number: int
    model: LiteRtModel
    embedding_size: int

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the K classes."""
        return tuple(label.name for label in self.model.description.classes)

    def close(self) -> None:
        """Finish what was submitted, then free the interpreters; blocks until then."""
        self.model.close()


def load_version(folder: Path, number: int) -> LoadedVersion:
    """Load `folder` and warm it up, so that no request pays for the first run of an interpreter.

    Raises:
        UnusableModelError: if it can't be loaded, is another version, or gives numbers that are none.
    """
    model = LiteRtModel(folder)
    try:
        description = model.description
        if description.version != number:
            raise UnusableModelError(f"{folder}: model.json is of version {description.version}")
        if description.preprocessing != PREPROCESSING:
            raise UnusableModelError(
                f"{folder}: the model was trained with preprocessing {description.preprocessing!r}, "
                f"this server has {PREPROCESSING!r}"
            )
        return LoadedVersion(number, model, _warm_up(model, folder))
    except BaseException:
        model.close()
        raise


def versions_on_disk(base_path: Path) -> Collection[int]:
    """Folders whose names are version numbers; a model that has no folder yet has no versions."""
    try:
        return {int(child.name) for child in base_path.iterdir() if child.name.isdecimal() and child.is_dir()}
    except FileNotFoundError:
        return ()


def _warm_up(model: LiteRtModel, folder: Path) -> int:
    pictures = golden_pixels()
    rounds = -(-model.workers // len(pictures))
    futures = [model.submit(picture) for picture in np.tile(pictures, (rounds, 1, 1, 1))]
    try:
        outputs = stack([future.result() for future in futures])
    except (RuntimeError, ValueError) as error:
        raise UnusableModelError(f"{folder}: the model can't run: {error}") from error
    if not all(np.isfinite(array).all() for array in (outputs.probabilities, outputs.support, outputs.embedding)):
        raise UnusableModelError(f"{folder}: the model's outputs are not finite numbers")
    return int(outputs.embedding.shape[1])
