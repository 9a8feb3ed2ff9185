"""From a version folder to a version that has proven it can predict."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from contracts.models.outputs import CLASSES, Size, Tensor
from imaging import INPUT_SIDE_PX, PREPROCESSING, golden_pixels
from inference import Outputs, UnusableModelError, stack
from serving.server.engines import Engine, open_engine
from serving.server.options import EngineOptions


@dataclass(frozen=True, slots=True)
class LoadedVersion:
    number: int
    engine: Engine
    classes: tuple[str, ...]
    """The names of the K classes."""
    sizes: Mapping[Size, int]
    """What `contracts.models.outputs` leaves to each model."""
    outputs: Collection[str]
    """What its graph computes."""

    def gives(self, output: Tensor) -> bool:
        """Whether it has an output; a version that was published before the output existed hasn't."""
        return output is CLASSES or output.name in self.outputs

    def close(self) -> None:
        self.engine.close()


def load_version(folder: Path, number: int, options: EngineOptions) -> LoadedVersion:
    """Load `folder` and warm it up, so that no request pays for the first run of an interpreter.

    Raises:
        UnusableModelError: if it can't be loaded, is another version, or gives numbers that are none.
    """
    engine = open_engine(folder, options)
    try:
        description = engine.description
        if description.version != number:
            raise UnusableModelError(f"{folder}: model.json is of version {description.version}")
        if description.preprocessing != PREPROCESSING:
            raise UnusableModelError(
                f"{folder}: the model was trained with preprocessing {description.preprocessing!r}, "
                f"this server has {PREPROCESSING!r}"
            )
        if description.input_size != INPUT_SIDE_PX:
            raise UnusableModelError(
                f"{folder}: the model takes pictures of {description.input_size} px, this server has {INPUT_SIDE_PX} px"
            )
        classes = tuple(label.name for label in description.classes)
        outputs = _warm_up(engine, folder, options.workers)
        sizes = {
            Size.CLASSES: len(classes),
            Size.SIDE: description.input_size,
            Size.EMBEDDING: int(outputs.embedding.shape[1]),
        }
        return LoadedVersion(number, engine, classes, sizes, outputs.arrays.keys())
    except BaseException:
        engine.close()
        raise


def versions_on_disk(base_path: Path) -> Collection[int]:
    """Folders whose names are version numbers; a model that has no folder yet has no versions."""
    try:
        return {int(child.name) for child in base_path.iterdir() if child.name.isdecimal() and child.is_dir()}
    except FileNotFoundError:
        return ()


def _warm_up(engine: Engine, folder: Path, workers: int) -> Outputs:
    pictures = golden_pixels()
    batches = [pictures[start : start + engine.batch] for start in range(0, len(pictures), engine.batch)]
    try:
        outputs = stack([engine.run(0, batch) for batch in batches])
        for worker in range(1, workers):
            engine.run(worker, batches[0])
    except (RuntimeError, ValueError) as error:
        raise UnusableModelError(f"{folder}: the model can't run: {error}") from error
    if not all(np.isfinite(array).all() for array in (outputs.probabilities, outputs.support, outputs.embedding)):
        raise UnusableModelError(f"{folder}: the model's outputs are not finite numbers")
    return outputs
