"""How a version was judged: `evaluation.json`. What has a default isn't in documents of earlier releases."""

from pydantic import AwareDatetime

from acneflow_client.answers import Answer, ClassLabel, Interval
from acneflow_client.models import GateCheck, Metrics


class ReliabilityBin(Answer):
    """Predictions whose top probability lies between `low` and `high`: what was promised and what came."""

    low: float
    high: float
    images: int
    confidence: float | None
    """Mean top probability; None where the bin is empty."""
    accuracy: float | None
    """Share of right answers; None where the bin is empty."""


class CalibrationMeasure(Answer):
    """How far the probabilities can be believed, before and after the temperature."""

    temperature: float
    expected_calibration_error_before: float
    expected_calibration_error: float
    brier_score_before: float
    brier_score: float
    bins_before: tuple[ReliabilityBin, ...]
    bins: tuple[ReliabilityBin, ...]


class RiskPoint(Answer):
    """If only answers with at least this top probability were given: how many there would be, how many wrong."""

    threshold: float
    coverage: float
    risk: float


class SliceMeasure(Answer):
    """How a part of the test images fares."""

    by: str
    name: str
    images: int
    groups: int
    accuracy: Interval | None
    """None where there are too few to tell."""
    note: str = ""


class RobustnessMeasure(Answer):
    """How the test images fare after something happened to them."""

    name: str
    description: str
    images: int
    macro_f1: float
    accuracy: float
    unchanged: float
    """Share of images whose top class stayed the same."""
    unsupported: float


class ExportMeasure(Answer):
    """One exported file: its size, its speed, and how far it agrees with the SavedModel."""

    file: str
    bytes: int
    latency_ms: float | None
    images: int
    agreement: float
    max_difference: float
    support_difference: float
    macro_f1: float
    unsupported: float
    published: bool
    """Whether it is in the version folder; an int8 file that doesn't agree is left out."""


class SupportMeasure(Answer):
    """How well `support` tells pictures like the training images from others."""

    method: str
    threshold: float
    unsupported: float
    """Share of the test images that are called unsupported: wrongly."""
    strangers: int
    strangers_kind: str
    auroc: float | None
    strangers_unsupported: float | None
    """Share of the strangers that are called unsupported: rightly."""


class Comparison(Answer):
    """The candidate against production, on the same images, which are new to both."""

    version: int
    """That in production."""
    images: int
    groups: int
    difference: Interval
    margin: float
    worse_beyond_margin: float


class DecisionShares(Answer):
    """What the thresholds make of the test images; the three shares sum to 1."""

    confident: float
    uncertain: float
    unsupported: float
    confident_accuracy: float | None


class Evaluation(Answer):
    """The gate's word on one version, and everything it measured."""

    schema_version: int = 1
    run_id: str
    model: str
    version: int | None
    created_at: AwareDatetime
    metrics: Metrics
    production_version: int | None
    production_metrics: Metrics | None
    checks: tuple[GateCheck, ...]
    accepted: bool
    classes: tuple[ClassLabel, ...] = ()
    """In the order of the confusion table."""
    dataset_id: str = ""
    synthetic: bool | None = None
    notice: str = ""
    comparison: Comparison | None = None
    calibration: CalibrationMeasure | None = None
    uncertain_threshold: float | None = None
    risk_coverage: tuple[RiskPoint, ...] = ()
    decisions: DecisionShares | None = None
    support: SupportMeasure | None = None
    slices: tuple[SliceMeasure, ...] = ()
    robustness: tuple[RobustnessMeasure, ...] = ()
    exports: tuple[ExportMeasure, ...] = ()
