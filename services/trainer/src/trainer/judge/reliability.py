"""How far probabilities can be believed: calibration error, Brier score, reliability diagram, risk–coverage curve."""

from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.measures import CalibrationMeasure, ReliabilityBin, RiskPoint

Probabilities = npt.NDArray[np.floating[Any]]
Labels = npt.NDArray[np.int64]

BINS = 10
RISK_POINTS = 50
CHANCE_DRAWS = 200
CHANCE_QUANTILE = 0.95


def expected_calibration_error(probabilities: Probabilities, labels: Labels) -> float:
    """Mean distance between confidence and accuracy over equal-width bins (Guo et al., arXiv:1706.04599)."""
    return _calibration_error(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)


def chance_calibration_error(probabilities: Probabilities) -> float:
    """The calibration error that even perfect probabilities stay under only 19 times of 20, on so few images.

    The [N, K] probabilities are taken for true: labels are drawn from them.
    """
    rng = np.random.default_rng(0)
    confidence = probabilities.max(axis=1)
    drawn = [_calibration_error(confidence, rng.random(len(confidence)) < confidence) for _ in range(CHANCE_DRAWS)]
    return float(np.quantile(drawn, CHANCE_QUANTILE))


def brier_score(probabilities: Probabilities, labels: Labels) -> float:
    """Mean squared distance between the probabilities and the truth, over all classes: 0 to 2 (Brier, 1950)."""
    truth = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def reliability_bins(probabilities: Probabilities, labels: Labels) -> tuple[ReliabilityBin, ...]:
    """What was promised and what came, by top probability."""
    confidence, hits = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = _bins_of(confidence)
    rows = []
    for number in range(BINS):
        here = bins == number
        rows.append(
            ReliabilityBin(
                low=number / BINS,
                high=(number + 1) / BINS,
                images=int(here.sum()),
                confidence=min(1.0, float(confidence[here].mean())) if here.any() else None,
                accuracy=float(hits[here].mean()) if here.any() else None,
            )
        )
    return tuple(rows)


def risk_coverage(probabilities: Probabilities, labels: Labels) -> tuple[RiskPoint, ...]:
    """Risk against coverage as the threshold falls (Geifman & El-Yaniv, arXiv:1705.08500), in at most 50 points."""
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(probabilities.argmax(axis=1)[order] != labels[order])
    count = len(order)
    steps = np.unique(np.linspace(1, count, min(count, RISK_POINTS)).round().astype(int))
    return tuple(
        RiskPoint(threshold=min(1.0, float(confidence[order[n - 1]])), coverage=n / count, risk=float(wrong[n - 1] / n))
        for n in steps
    )


def measure_calibration(
    before: Probabilities, after: Probabilities, labels: Labels, temperature: float
) -> CalibrationMeasure:
    """Hold [N, K] probabilities from before and after dividing the logits by the temperature against N labels."""
    return CalibrationMeasure(
        temperature=temperature,
        expected_calibration_error_before=expected_calibration_error(before, labels),
        expected_calibration_error=expected_calibration_error(after, labels),
        brier_score_before=brier_score(before, labels),
        brier_score=brier_score(after, labels),
        bins_before=reliability_bins(before, labels),
        bins=reliability_bins(after, labels),
    )


def _calibration_error(confidence: npt.NDArray[Any], hits: npt.NDArray[np.bool_]) -> float:
    bins = _bins_of(confidence)
    gaps = np.bincount(bins, weights=np.asarray(confidence, np.float64) - hits, minlength=BINS)
    return float(np.abs(gaps).sum() / len(hits))


def _bins_of(confidence: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    return np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
