"""A training run and how it was judged."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from contracts.manifest import ClassLabel, Contract, Document, FileEntry, Fraction, Sha256
from contracts.measures import (
    CalibrationMeasure,
    Comparison,
    DecisionShares,
    ExportMeasure,
    Interval,
    RiskPoint,
    RobustnessMeasure,
    SliceMeasure,
    SupportMeasure,
)
from contracts.run_parameters import PARAMETERS, ArchitectureName, limits

__all__ = [
    "ArchitectureName",
    "ClassMetrics",
    "Evaluation",
    "GateCheck",
    "Interval",
    "Metrics",
    "RunManifest",
    "StartingWeights",
    "TrainSettings",
]


class StartingWeights(Contract):
    """The weights training started from."""

    source: Literal["keras", "wheel", "path", "none"]
    name: str
    sha256: Sha256 | None
    """None only where training started from random weights because the operator said so."""


class TrainSettings(Contract):
    """Everything that, with the dataset, decides what a run produces."""

    architecture: ArchitectureName = PARAMETERS.architectures[0]
    epochs: Annotated[int, limits("epochs")] = 60
    """At most, of the first phase: the head on frozen features."""
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 1e-3
    fine_tune_epochs: Annotated[int, limits("fine_tune_epochs")] = 0
    """At most, of the second phase: the head and the top blocks; 0 leaves it out."""
    fine_tune_learning_rate: Annotated[float, Field(gt=0, le=1)] = 1e-4
    batch_size: Annotated[int, Field(ge=1, le=4096)] = 64
    augmentations: Annotated[int, Field(ge=0, le=16)] = 3
    """Altered copies of each training image, besides the image itself."""
    seed: int = 0
    deterministic: bool = False
    """Whether TensorFlow may only use operations whose results are the same to the bit; slower."""
    nonce: str = ""
    """Makes an otherwise equal run a new one (a forced retraining)."""


class RunManifest(Document):
    """A finished training run."""

    run_id: str
    created_at: AwareDatetime
    dataset: str
    """URI of the dataset's manifest."""
    dataset_id: str
    synthetic: bool
    notice: str
    classes: Annotated[tuple[ClassLabel, ...], Field(min_length=2)]
    settings: TrainSettings
    weights: StartingWeights
    validation_macro_f1: Fraction
    files: tuple[FileEntry, ...]


class ClassMetrics(Contract):
    """How one class fares on the test set."""

    precision: Fraction
    recall: Fraction
    f1: Fraction
    support: Annotated[int, Field(ge=0)]
    """Test images of this class."""


class Metrics(Contract):
    """What a version reached on its dataset's test split, measured through the exported files."""

    test_images: int
    test_groups: int
    macro_f1: Interval
    accuracy: Interval
    expected_calibration_error: Fraction
    per_class: dict[str, ClassMetrics]
    confusion: tuple[tuple[int, ...], ...]
    """Rows: true class, columns: predicted class, in the order of the model's outputs."""
    balanced_accuracy: Interval | None = None
    """Mean recall over the classes that occur."""
    top3_accuracy: Interval | None = None
    """Share of the images whose class is among the three most probable."""


class GateCheck(Contract):
    """One check of the gate, written down whether it passed or not."""

    name: str
    passed: bool
    message: str


class Evaluation(Document):
    """The gate's word on one version."""

    run_id: str
    model: str
    version: int | None
    """None if the export was broken: such a thing never gets a version number."""
    created_at: AwareDatetime
    metrics: Metrics
    production_version: int | None
    production_metrics: Metrics | None
    """Production measured by the same code on the test images that are new to it; None where it is no yardstick."""
    checks: tuple[GateCheck, ...]
    accepted: bool
    classes: tuple[ClassLabel, ...] = ()
    """In the order of the confusion table; empty in documents older than the fields from here on."""
    dataset_id: str = ""
    synthetic: bool | None = None
    notice: str = ""
    comparison: Comparison | None = None
    """None where production is no yardstick, or there is none."""
    calibration: CalibrationMeasure | None = None
    uncertain_threshold: Fraction | None = None
    risk_coverage: tuple[RiskPoint, ...] = ()
    """Of the test images, by falling threshold; the threshold itself was read off the validation images."""
    decisions: DecisionShares | None = None
    support: SupportMeasure | None = None
    slices: tuple[SliceMeasure, ...] = ()
    robustness: tuple[RobustnessMeasure, ...] = ()
    exports: tuple[ExportMeasure, ...] = ()

    @property
    def failures(self) -> tuple[str, ...]:
        """The messages of the checks that failed."""
        return tuple(check.message for check in self.checks if not check.passed)
