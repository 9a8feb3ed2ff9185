"""A real version folder in seconds: the trainer's own export, with a network of eight filters."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contracts.dataset import Split
from contracts.manifest import ClassLabel, utc_now
from contracts.models.version import LITERT_FILE, ModelDescription, Thresholds
from contracts.run import ClassMetrics, Interval, Metrics, StartingWeights
from imaging import INPUT_SIDE_PX, PREPROCESSING, golden_pixels
from inference import LiteRtClassifier
from support.versions import CLASSES
from trainer.export.export import export
from trainer.network.classifier import Classifier
from trainer.network.tensorflow import keras
from trainer.publish.version import describe, golden_rows

FILTERS = 8
SKIN_RGB = ((236, 200, 170), (198, 134, 66), (141, 85, 36), (89, 47, 42))


def tiny_classifier(classes: Sequence[str] = CLASSES, seed: int = 0) -> Classifier:
    """Probabilities follow a picture's colours and `seed`; skin colours are supported, pure blue and green aren't."""
    rng = np.random.default_rng(seed)
    pixels = keras.Input((INPUT_SIDE_PX, INPUT_SIDE_PX, 3))
    maps = keras.layers.AveragePooling2D(INPUT_SIDE_PX // 7)(keras.layers.Rescaling(1 / 127.5, -1)(pixels))
    convolution = keras.layers.Conv2D(FILTERS, 1, activation="relu")
    backbone = keras.Model(pixels, convolution(maps))
    colours = np.random.default_rng(0).normal(size=(1, 1, 3, FILTERS))
    convolution.set_weights([colours, np.full(FILTERS, 0.3)])
    solid = np.tile(np.array(SKIN_RGB, np.float32)[:, None, None], (1, INPUT_SIDE_PX, INPUT_SIDE_PX, 1))
    prototypes = backbone.predict(solid, verbose=0).mean(axis=(1, 2))
    return Classifier(
        backbone=backbone,
        kernel=rng.normal(scale=2.0, size=(FILTERS, len(classes))).astype(np.float32),
        bias=rng.normal(scale=0.1, size=len(classes)).astype(np.float32),
        temperature=1.5,
        prototypes=prototypes / np.linalg.norm(prototypes, axis=1, keepdims=True),
        classes=tuple(classes),
    )


def write_version_folder(
    folder: Path, *, version: int = 1, classes: Sequence[str] = CLASSES, seed: int = 0
) -> ModelDescription:
    """Write `saved_model/`, `model.tflite`, `model.json` and `model_card.md` into `folder`, as published."""
    folder.mkdir(parents=True, exist_ok=True)
    export(tiny_classifier(classes, seed), folder)
    description = ModelDescription(
        name="acne",
        version=version,
        classes=tuple(ClassLabel(name=name, display_name=name.replace("-", " ").capitalize()) for name in classes),
        preprocessing=PREPROCESSING,
        temperature=1.5,
        thresholds=Thresholds(uncertain=0.4, unsupported=0.8),
        golden=golden_rows(_golden(folder, len(classes))),
        synthetic=True,
        notice="Nothing: random weights, for tests.",
        dataset_id="0" * 16,
        run_id=f"tiny-{seed}",
        trained_at=utc_now(),
        git_commit=None,
        libraries={},
        weights=StartingWeights(source="none", name="random", sha256=None),
        metrics=_metrics(classes),
    )
    describe(folder, description, {name: dict.fromkeys(Split, 1) for name in classes})
    return description


def _golden(folder: Path, classes: int) -> npt.NDArray[np.float32]:
    with LiteRtClassifier(folder / LITERT_FILE, classes=classes, side_px=INPUT_SIDE_PX, workers=1) as model:
        return model.predict(golden_pixels()).probabilities


def _metrics(classes: Sequence[str]) -> Metrics:
    nothing = Interval(value=0.0, low=0.0, high=0.0)
    none = ClassMetrics(precision=0.0, recall=0.0, f1=0.0, support=0)
    return Metrics(
        test_images=0,
        test_groups=0,
        macro_f1=nothing,
        accuracy=nothing,
        expected_calibration_error=0.0,
        per_class=dict.fromkeys(classes, none),
        confusion=tuple((0,) * len(classes) for _ in classes),
    )
