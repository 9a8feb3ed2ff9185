"""Confidence intervals by drawing groups again and again (Efron's bootstrap).

Images of one group aren't independent, so what is drawn are groups, never images.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.run import Interval

Floats = npt.NDArray[np.float64]

RESAMPLES = 2000
RESAMPLES_AT_ONCE = 100
"""Keeps what is drawn small where there are many groups."""
SEED = 0
"""Always the same draws: an evaluation that is repeated gives the same figures, and two models share theirs."""


def group_numbers(groups: Sequence[str]) -> npt.NDArray[np.int64]:
    """[N] names of groups → [N] numbers from 0."""
    numbers: npt.NDArray[np.int64] = np.unique(np.array(groups), return_inverse=True)[1].reshape(-1)
    return numbers


def resampled_sums(tables: npt.NDArray[Any]) -> Floats:
    """Sums over as many groups as there are, drawn with replacement.

    Args:
        tables: [G, …], what each group contributes.

    Returns:
        [RESAMPLES, …]
    """
    count = len(tables)
    flat = np.asarray(tables, dtype=np.float64).reshape(count, -1)
    rng = np.random.default_rng(SEED)
    parts = [
        rng.multinomial(count, np.full(count, 1 / count), size=RESAMPLES_AT_ONCE) @ flat
        for _ in range(RESAMPLES // RESAMPLES_AT_ONCE)
    ]
    return np.concatenate(parts).reshape(RESAMPLES, *tables.shape[1:])


def interval(value: float, resampled: Floats) -> Interval:
    """A value with the middle 95 % of its resamples."""
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Interval(value=value, low=float(low), high=float(high))


def share_interval(hits: npt.NDArray[np.bool_], groups: Sequence[str]) -> Interval:
    """The share of hits among N images of these groups."""
    numbers = group_numbers(groups)
    tables = np.zeros((numbers.max() + 1, 2))
    np.add.at(tables, numbers, np.stack([hits, np.ones(len(hits))], axis=1))
    sums = resampled_sums(tables)
    return interval(float(hits.mean()), sums[:, 0] / np.maximum(sums[:, 1], 1))
