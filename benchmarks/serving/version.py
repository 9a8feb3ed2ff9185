"""A MobileNetV2 version as the trainer exports it, float and int8, for the model server to be measured with.

Random weights: they cost a core what trained ones do. Nothing that it says of a photo means anything.
"""

import sys
from pathlib import Path

import numpy as np

from contracts.dataset import Split
from contracts.manifest import ClassLabel, utc_now
from contracts.models.version import LITERT_FILE, LITERT_INT8_FILE, SAVED_MODEL_FOLDER, ModelDescription, Thresholds
from contracts.run import ClassMetrics, Interval, Metrics, StartingWeights
from imaging import INPUT_SIDE_PX, PREPROCESSING, golden_pixels
from inference import LiteRtClassifier
from trainer.export.export import export
from trainer.export.litert import litert
from trainer.network.backbone import build_backbone
from trainer.network.classifier import Classifier
from trainer.publish.version import describe, golden_rows

CLASSES = tuple(f"class-{number}" for number in range(10))
EMBEDDING = 1280
PROTOTYPES = 64
SAMPLE = 32


def write_version(folder: Path, number: int = 1) -> None:
    """Write a version as it lies on a serving volume: the SavedModel's content at the top."""
    rng = np.random.default_rng(0)
    prototypes = rng.normal(size=(PROTOTYPES, EMBEDDING)).astype(np.float32)
    classifier = Classifier(
        backbone=build_backbone(None),
        kernel=rng.normal(scale=0.1, size=(EMBEDDING, len(CLASSES))).astype(np.float32),
        bias=np.zeros(len(CLASSES), np.float32),
        temperature=1.5,
        prototypes=prototypes / np.linalg.norm(prototypes, axis=1, keepdims=True),
        classes=CLASSES,
    )
    folder.mkdir(parents=True)
    export(classifier, folder)
    sample = rng.integers(0, 256, (SAMPLE, INPUT_SIDE_PX, INPUT_SIDE_PX, 3), np.uint8)
    (folder / LITERT_INT8_FILE).write_bytes(litert(classifier.outputs, sample=sample))
    with LiteRtClassifier(folder / LITERT_FILE, classes=len(CLASSES), side_px=INPUT_SIDE_PX, workers=1) as model:
        golden = golden_rows(model.predict(golden_pixels()).probabilities)
    describe(folder, _description(number, golden), {name: dict.fromkeys(Split, 1) for name in CLASSES})
    for part in (folder / SAVED_MODEL_FOLDER).iterdir():
        part.rename(folder / part.name)
    (folder / SAVED_MODEL_FOLDER).rmdir()


def _description(number: int, golden: tuple[tuple[float, ...], ...]) -> ModelDescription:
    nothing = Interval(value=0.0, low=0.0, high=0.0)
    none = ClassMetrics(precision=0.0, recall=0.0, f1=0.0, support=0)
    metrics = Metrics(
        test_images=0,
        test_groups=0,
        macro_f1=nothing,
        accuracy=nothing,
        expected_calibration_error=0.0,
        per_class=dict.fromkeys(CLASSES, none),
        confusion=tuple((0,) * len(CLASSES) for _ in CLASSES),
    )
    return ModelDescription(
        name="acne",
        version=number,
        classes=tuple(ClassLabel(name=name, display_name=name) for name in CLASSES),
        preprocessing=PREPROCESSING,
        temperature=1.5,
        thresholds=Thresholds(uncertain=0.4, unsupported=0.5),
        golden=golden,
        synthetic=True,
        notice="Random weights, for measuring speed.",
        dataset_id="0" * 16,
        run_id="benchmark",
        trained_at=utc_now(),
        git_commit=None,
        libraries={},
        weights=StartingWeights(source="none", name="random", sha256=None),
        metrics=metrics,
    )


if __name__ == "__main__":
    write_version(Path(sys.argv[1]))
