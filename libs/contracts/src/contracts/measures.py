"""What is measured of a version besides its metrics: the parts of `evaluation.json`, in the order of its report."""

from typing import Annotated

from pydantic import Field

from contracts.manifest import Contract, Fraction

Count = Annotated[int, Field(ge=0)]


class Interval(Contract):
    """An estimate with its 95 % confidence interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class ReliabilityBin(Contract):
    """Predictions whose top probability lies between `low` and `high`: what was promised and what came."""

    low: Fraction
    high: Fraction
    images: Count
    confidence: Fraction | None
    """Mean top probability; None where the bin is empty."""
    accuracy: Fraction | None
    """Share of right answers; None where the bin is empty."""


class CalibrationMeasure(Contract):
    """How far the probabilities can be believed, before and after dividing the logits by the temperature."""

    temperature: Annotated[float, Field(gt=0)]
    expected_calibration_error_before: Fraction
    expected_calibration_error: Fraction
    """Over ten bins of equal width, after."""
    brier_score_before: Annotated[float, Field(ge=0, le=2)]
    brier_score: Annotated[float, Field(ge=0, le=2)]
    """Mean squared distance between the probabilities and the truth, 0 to 2, after."""
    bins_before: tuple[ReliabilityBin, ...]
    bins: tuple[ReliabilityBin, ...]
    """Of the reliability diagram, after."""


class RiskPoint(Contract):
    """If only answers with at least this top probability were given: how many there would be, how many wrong."""

    threshold: Fraction
    coverage: Fraction
    """Share of the images that get an answer."""
    risk: Fraction
    """Share of these answers that are wrong."""


class SliceMeasure(Contract):
    """How a part of the test images fares."""

    by: str
    """What the images were divided by, such as `skin_tone`."""
    name: str
    """Which part, such as `Monk 1-3`; `unknown` holds those that nothing is known of."""
    images: Count
    groups: Count
    accuracy: Interval | None
    """None where there are too few to tell."""
    note: str = ""
    """Why there is no figure, or how to read it."""


class RobustnessMeasure(Contract):
    """How the test images fare after something happened to them."""

    name: str
    """What happened, for machines: `blur`, `jpeg`, `darker`, `brighter`, `masked_strip`, `crop`."""
    description: str
    """The same for people, with its strength."""
    images: Count
    macro_f1: Fraction
    accuracy: Fraction
    unchanged: Fraction
    """Share of images whose top class stayed the same."""
    unsupported: Fraction
    """Share of images that are now called unsupported."""


class ExportMeasure(Contract):
    """One exported file: its size, its speed, and how far it agrees with the SavedModel."""

    file: str
    """As in the version folder (the SavedModel is one): `saved_model`, `model.tflite`, `model.int8.tflite`."""
    bytes: Count
    latency_ms: Annotated[float, Field(ge=0)] | None
    """Median of one image on one thread, where it was judged; None where it wasn't measured."""
    images: Count
    """Test images that were run through it."""
    agreement: Fraction
    """Share of them with the same top class as the SavedModel's."""
    max_difference: Annotated[float, Field(ge=0)]
    """Largest difference from the SavedModel in any probability."""
    support_difference: Annotated[float, Field(ge=0)]
    """Largest difference from the SavedModel's support."""
    macro_f1: Fraction
    unsupported: Fraction
    """Share of the images that this file calls unsupported."""
    published: bool = True
    """Whether it is in the version folder; an int8 file that doesn't agree is left out."""


class SupportMeasure(Contract):
    """How well `support` tells pictures like the training images from others."""

    method: str
    """How it is computed, such as `nearest-prototype-cosine`."""
    threshold: float
    unsupported: Fraction
    """Share of the test images that are called unsupported: wrongly."""
    strangers: Count
    """Pictures of something else that it was tried on."""
    strangers_kind: str
    """What they are, in words."""
    auroc: Fraction | None
    """Probability that a test image has more support than a stranger; None without strangers."""
    strangers_unsupported: Fraction | None
    """Share of the strangers that are called unsupported: rightly."""


class Comparison(Contract):
    """The candidate against production, on the same images, which are new to both."""

    version: Annotated[int, Field(ge=1)]
    """That in production."""
    images: Count
    groups: Count
    difference: Interval
    """Candidate's macro-F1 minus production's; its interval is that of a paired bootstrap over groups."""
    margin: Fraction
    """How much worse than production was accepted."""
    worse_beyond_margin: Fraction
    """Share of the resamples in which the candidate was worse by more than the margin."""


class DecisionShares(Contract):
    """What the thresholds make of the test images; the three shares sum to 1."""

    confident: Fraction
    uncertain: Fraction
    unsupported: Fraction
    confident_accuracy: Fraction | None
    """Share of right ones among the confident answers; None where there are none."""
