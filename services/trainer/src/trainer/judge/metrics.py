"""How good predictions are: macro-F1, accuracy and their kin, with confidence intervals.

An interval is found by drawing groups again and again (Efron's bootstrap): images of one group aren't independent, so
what is drawn are groups, never images.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.run import ClassMetrics, Interval, Metrics
from trainer.judge.reliability import expected_calibration_error

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Probabilities = npt.NDArray[np.floating[Any]]

RESAMPLES = 2000
RESAMPLES_AT_ONCE = 100
"""Keeps what is drawn small where there are many groups."""
SEED = 0
"""Always the same draws: an evaluation that is repeated gives the same figures, and two models share theirs."""


def measure(probabilities: Probabilities, labels: Counts, groups: Sequence[str], classes: Sequence[str]) -> Metrics:
    """Judge N predictions: calibrated probabilities [N, K], labels [N] and names of groups [N]."""
    tables = _confusions_by_group(labels, probabilities.argmax(axis=1), groups, len(classes))
    confusion, resampled = tables.sum(axis=0), _resampled_sums(tables)
    top3 = np.argsort(-probabilities, axis=1, kind="stable")[:, :3]
    return Metrics(
        test_images=len(labels),
        test_groups=len(tables),
        macro_f1=interval(float(macro_f1(confusion)), macro_f1(resampled)),
        accuracy=interval(float(_accuracy(confusion)), _accuracy(resampled)),
        expected_calibration_error=expected_calibration_error(probabilities, labels),
        per_class={name: _of_class(confusion, index) for index, name in enumerate(classes)},
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
        balanced_accuracy=interval(float(_balanced_accuracy(confusion)), _balanced_accuracy(resampled)),
        top3_accuracy=share_interval((top3 == labels[:, np.newaxis]).any(axis=1), groups),
    )


def macro_f1_difference(
    ours: Counts, theirs: Counts, labels: Counts, groups: Sequence[str], classes: int
) -> tuple[float, Floats]:
    """How much more macro-F1 one model has than another, and the same in [RESAMPLES] that both share.

    `ours` and `theirs` are [N] predicted classes.
    """
    tables = np.stack([_confusions_by_group(labels, each, groups, classes) for each in (ours, theirs)], axis=1)
    whole, drawn = macro_f1(tables.sum(axis=0)), macro_f1(_resampled_sums(tables))
    return float(whole[0] - whole[1]), drawn[:, 0] - drawn[:, 1]


def share_interval(hits: npt.NDArray[np.bool_], groups: Sequence[str]) -> Interval:
    """The share of hits among N images of these groups."""
    numbers = _group_numbers(groups)
    tables = np.zeros((numbers.max() + 1, 2))
    np.add.at(tables, numbers, np.stack([hits, np.ones(len(hits))], axis=1))
    sums = _resampled_sums(tables)
    return interval(float(hits.mean()), sums[:, 0] / np.maximum(sums[:, 1], 1))


def interval(value: float, resampled: Floats) -> Interval:
    """A value with the middle 95 % of its resamples."""
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Interval(value=value, low=float(low), high=float(high))


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


def softmax(logits: Probabilities) -> Floats:
    raised = np.exp(np.asarray(logits, dtype=np.float64) - np.max(logits, axis=-1, keepdims=True))
    probabilities: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return probabilities


def mean_log_loss(logits: Probabilities, labels: Counts) -> float:
    """Mean negative log-likelihood of N labels under [N, K] logits."""
    likelihood = softmax(logits)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(likelihood, 1e-12)).mean())


def auroc(higher: Probabilities, lower: Probabilities) -> float:
    """Probability that one of `higher` has the larger score, ties counting half (Hanley & McNeil, 1982)."""
    ordered = np.sort(lower)
    below = np.searchsorted(ordered, higher, side="left")
    up_to = np.searchsorted(ordered, higher, side="right")
    return float((below + up_to).sum() / 2 / (len(higher) * len(lower)))


def _accuracy(confusion: npt.NDArray[np.generic]) -> Floats:
    table = np.asarray(confusion, dtype=np.float64)
    share: Floats = np.trace(table, axis1=-2, axis2=-1) / np.maximum(table.sum(axis=(-2, -1)), 1)
    return share


def _balanced_accuracy(confusion: npt.NDArray[np.generic]) -> Floats:
    """Mean recall of the classes that occur."""
    table = np.asarray(confusion, dtype=np.float64)
    actual = table.sum(axis=-1)
    recall = np.diagonal(table, axis1=-2, axis2=-1) / np.maximum(actual, 1)
    mean: Floats = recall.sum(axis=-1) / np.maximum((actual > 0).sum(axis=-1), 1)
    return mean


def _of_class(confusion: Counts, index: int) -> ClassMetrics:
    hits, actual, predicted = confusion[index, index], confusion[index].sum(), confusion[:, index].sum()
    return ClassMetrics(
        precision=float(hits / max(predicted, 1)),
        recall=float(hits / max(actual, 1)),
        f1=float(2 * hits / max(actual + predicted, 1)),
        support=int(actual),
    )


def _confusions_by_group(labels: Counts, predicted: Counts, groups: Sequence[str], classes: int) -> Counts:
    numbers = _group_numbers(groups)
    tables = np.zeros((numbers.max() + 1, classes, classes), dtype=np.int64)
    np.add.at(tables, (numbers, labels, predicted), 1)
    return tables


def _group_numbers(groups: Sequence[str]) -> npt.NDArray[np.int64]:
    numbers: npt.NDArray[np.int64] = np.unique(np.array(groups), return_inverse=True)[1].reshape(-1)
    return numbers


def _resampled_sums(tables: npt.NDArray[Any]) -> Floats:
    """Sums over as many groups as there are, drawn with replacement: [G, …] → [RESAMPLES, …]."""
    count = len(tables)
    flat = np.asarray(tables, dtype=np.float64).reshape(count, -1)
    rng = np.random.default_rng(SEED)
    parts = [
        rng.multinomial(count, np.full(count, 1 / count), size=RESAMPLES_AT_ONCE) @ flat
        for _ in range(RESAMPLES // RESAMPLES_AT_ONCE)
    ]
    return np.concatenate(parts).reshape(RESAMPLES, *tables.shape[1:])
