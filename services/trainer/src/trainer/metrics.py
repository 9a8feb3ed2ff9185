"""How good predictions are: macro-F1, accuracy and calibration, with confidence intervals over groups.

Images of one group aren't independent, so what is drawn again and again for an interval are groups, not images.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.run import ClassMetrics, Interval, Metrics

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

RESAMPLES = 2000
CALIBRATION_BINS = 10


def confusion_of(labels: Counts, predicted: Counts, classes: int) -> Counts:
    """[K, K] counts; rows: true class, columns: predicted class."""
    table = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(table, (labels, predicted), 1)
    return table


def macro_f1(confusion: npt.NDArray[np.generic]) -> Floats:
    """Mean of the classes' F1 for each of [..., K, K] tables; classes that don't occur in a table don't count."""
    table = np.asarray(confusion, dtype=np.float64)
    hits = np.diagonal(table, axis1=-2, axis2=-1)
    occurrences = table.sum(axis=-1) + table.sum(axis=-2)
    f1 = 2 * hits / np.maximum(occurrences, 1)
    present = occurrences > 0
    mean: Floats = (f1 * present).sum(axis=-1) / np.maximum(present.sum(axis=-1), 1)
    return mean


def accuracy(confusion: npt.NDArray[np.generic]) -> Floats:
    """Share of hits in each of [..., K, K] tables."""
    table = np.asarray(confusion, dtype=np.float64)
    share: Floats = np.trace(table, axis1=-2, axis2=-1) / np.maximum(table.sum(axis=(-2, -1)), 1)
    return share


def expected_calibration_error(probabilities: npt.NDArray[np.floating[Any]], labels: Counts) -> float:
    """Mean distance between confidence and accuracy over equal-width bins (Guo et al., arXiv:1706.04599)."""
    confidence = probabilities.max(axis=1)
    hits = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = [abs(float((confidence[bins == b] - hits[bins == b]).sum())) for b in range(CALIBRATION_BINS)]
    return sum(gaps) / len(labels)


def softmax(logits: npt.NDArray[np.floating[Any]]) -> Floats:
    """Probabilities along the last axis."""
    raised = np.exp(np.asarray(logits, dtype=np.float64) - np.max(logits, axis=-1, keepdims=True))
    probabilities: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return probabilities


def mean_log_loss(logits: npt.NDArray[np.floating[Any]], labels: Counts) -> float:
    """Mean negative log-likelihood of N labels under [N, K] logits."""
    likelihood = softmax(logits)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(likelihood, 1e-12)).mean())


def measure(
    probabilities: npt.NDArray[np.floating[Any]], labels: Counts, groups: Sequence[str], classes: Sequence[str]
) -> Metrics:
    """Judge N predictions.

    Args:
        probabilities: [N, K], calibrated.
        labels: [N], indices into `classes`.
        groups: [N], names of the images' groups.
        classes: K names.
    """
    predicted = probabilities.argmax(axis=1)
    confusion = confusion_of(labels, predicted, len(classes))
    resampled = _resampled(labels, predicted, groups, len(classes))
    return Metrics(
        test_images=len(labels),
        test_groups=len(set(groups)),
        macro_f1=_interval(float(macro_f1(confusion)), macro_f1(resampled)),
        accuracy=_interval(float(accuracy(confusion)), accuracy(resampled)),
        expected_calibration_error=expected_calibration_error(probabilities, labels),
        per_class={name: _of_class(confusion, index) for index, name in enumerate(classes)},
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
    )


def _resampled(labels: Counts, predicted: Counts, groups: Sequence[str], classes: int) -> Counts:
    """[RESAMPLES, K, K]: tables of as many groups, drawn with replacement."""
    names, index = np.unique(np.array(groups), return_inverse=True)
    tables = np.zeros((len(names), classes, classes), dtype=np.int64)
    np.add.at(tables, (index, labels, predicted), 1)
    draws = np.random.default_rng(0).multinomial(len(names), np.full(len(names), 1 / len(names)), size=RESAMPLES)
    resampled: Counts = (draws @ tables.reshape(len(names), -1)).reshape(RESAMPLES, classes, classes)
    return resampled


def _interval(value: float, resampled: Floats) -> Interval:
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Interval(value=value, low=float(low), high=float(high))


def _of_class(confusion: Counts, index: int) -> ClassMetrics:
    hits, actual, predicted = confusion[index, index], confusion[index].sum(), confusion[:, index].sum()
    return ClassMetrics(
        precision=float(hits / max(predicted, 1)),
        recall=float(hits / max(actual, 1)),
        f1=float(2 * hits / max(actual + predicted, 1)),
        support=int(actual),
    )
