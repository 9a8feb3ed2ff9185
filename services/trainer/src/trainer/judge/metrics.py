"""How good predictions are: macro-F1, accuracy and their kin, with confidence intervals over groups."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.run import ClassMetrics, Metrics
from trainer.judge.bootstrap import group_numbers, interval, resampled_sums, share_interval
from trainer.judge.reliability import expected_calibration_error

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


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


def balanced_accuracy(confusion: npt.NDArray[np.generic]) -> Floats:
    """Mean recall of the classes that occur, for each of [..., K, K] tables."""
    table = np.asarray(confusion, dtype=np.float64)
    actual = table.sum(axis=-1)
    recall = np.diagonal(table, axis1=-2, axis2=-1) / np.maximum(actual, 1)
    mean: Floats = recall.sum(axis=-1) / np.maximum((actual > 0).sum(axis=-1), 1)
    return mean


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
    resampled = resampled_sums(confusions_by_group(labels, predicted, groups, len(classes)))
    return Metrics(
        test_images=len(labels),
        test_groups=len(set(groups)),
        macro_f1=interval(float(macro_f1(confusion)), macro_f1(resampled)),
        accuracy=interval(float(accuracy(confusion)), accuracy(resampled)),
        expected_calibration_error=expected_calibration_error(probabilities, labels),
        per_class={name: _of_class(confusion, index) for index, name in enumerate(classes)},
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
        balanced_accuracy=interval(float(balanced_accuracy(confusion)), balanced_accuracy(resampled)),
        top3_accuracy=share_interval(_among_top(probabilities, labels, 3), groups),
    )


def macro_f1_difference(
    ours: Counts, theirs: Counts, labels: Counts, groups: Sequence[str], classes: int
) -> tuple[float, Floats]:
    """How much more macro-F1 one model has than another, and the same in resamples that both share.

    Args:
        ours: [N] classes that one predicted.
        theirs: [N] classes that the other predicted.
        labels: [N]
        groups: [N]
        classes: K.

    Returns:
        The difference, and [RESAMPLES] of them.
    """
    tables = np.stack([confusions_by_group(labels, each, groups, classes) for each in (ours, theirs)], axis=1)
    whole, drawn = macro_f1(tables.sum(axis=0)), macro_f1(resampled_sums(tables))
    return float(whole[0] - whole[1]), drawn[:, 0] - drawn[:, 1]


def confusions_by_group(labels: Counts, predicted: Counts, groups: Sequence[str], classes: int) -> Counts:
    """[G, K, K]: a table for each group."""
    numbers = group_numbers(groups)
    tables = np.zeros((numbers.max() + 1, classes, classes), dtype=np.int64)
    np.add.at(tables, (numbers, labels, predicted), 1)
    return tables


def _among_top(probabilities: npt.NDArray[np.floating[Any]], labels: Counts, count: int) -> npt.NDArray[np.bool_]:
    top = np.argsort(-probabilities, axis=1, kind="stable")[:, :count]
    found: npt.NDArray[np.bool_] = (top == labels[:, np.newaxis]).any(axis=1)
    return found


def _of_class(confusion: Counts, index: int) -> ClassMetrics:
    hits, actual, predicted = confusion[index, index], confusion[index].sum(), confusion[:, index].sum()
    return ClassMetrics(
        precision=float(hits / max(predicted, 1)),
        recall=float(hits / max(actual, 1)),
        f1=float(2 * hits / max(actual + predicted, 1)),
        support=int(actual),
    )
