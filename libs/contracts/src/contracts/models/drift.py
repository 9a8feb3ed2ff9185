"""How far what is seen now has moved from what a model was trained on."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from contracts.manifest import Contract, Document, Fraction

STABLE = 0.1
"""Population stability index below which nothing has changed, by the usual rule of thumb."""
DRIFTED = 0.25
"""Population stability index from which the data counts as another population, by the same rule."""
ENOUGH = 100
"""With fewer predictions the index is mostly chance."""

_LEAST_SHARE = 1e-4
"""Stands for an empty bin, whose logarithm would be infinite."""


class Histogram(Contract):
    """Shares of a number's values by bin."""

    edges: Annotated[tuple[float, ...], Field(min_length=3)]
    """The inner and outer limits of the bins, ascending; values outside count in the outer bins."""
    shares: tuple[Fraction, ...]

    @model_validator(mode="after")
    def _one_share_per_bin(self) -> Self:
        if len(self.shares) != len(self.edges) - 1 or any(low >= high for low, high in pairwise(self.edges)):
            msg = f"expected ascending edges and one share per bin, got {len(self.edges)} and {len(self.shares)}"
            raise ValueError(msg)
        return self


class Reference(Contract):
    """How a model answered on its validation images: what its later answers are compared with."""

    images: Annotated[int, Field(ge=1)]
    confidence: Histogram
    """Of the top class' calibrated probability."""
    support: Histogram
    brightness: Histogram
    """Of the pictures' mean luma, 0 to 255."""
    classes: dict[str, Fraction]
    """Share of images by predicted class."""


class Counts(Document):
    """Predictions of one version in the bins of its reference; no bins if it has none."""

    predictions: Annotated[int, Field(ge=0)]
    classes: dict[str, Annotated[int, Field(ge=0)]]
    confidence: tuple[Annotated[int, Field(ge=0)], ...]
    brightness: tuple[Annotated[int, Field(ge=0)], ...]


class Psi(Contract):
    """Population stability indices; null where there is nothing to compare."""

    confidence: float | None
    classes: float | None
    brightness: float | None


class DriftReport(Document):
    """How far the last seven days' predictions are from the images that the version was validated on."""

    model: str = Field(examples=["acne"])
    version: int = Field(examples=[7])
    predictions: int = Field(ge=0, description="That were compared; with fewer than 100 nothing is called drift.")
    psi: Psi = Field(
        description="Below 0.1: nothing has changed; from 0.25: another population. Null: the version was published "
        "without anything to compare with, or there were no predictions."
    )
    drifted: bool
    measured_at: AwareDatetime | None = Field(
        None, description="Null: not yet, since the version went into production.", examples=["2026-11-22T05:00:12Z"]
    )


def population_stability_index(expected: Sequence[float], actual: Sequence[float]) -> float:
    """PSI of two distributions over the same bins: the sum of (a - e) * ln(a / e).

    Args:
        expected: shares or counts of the reference; scaled to sum to 1.
        actual: shares or counts of what is compared with it.

    Raises:
        ValueError: if the lengths differ or one of them sums to nothing.
    """
    pairs = zip(_shares(expected), _shares(actual), strict=True)
    return sum((a - e) * math.log(a / e) for e, a in pairs)


def _shares(counts: Sequence[float]) -> list[float]:
    total = sum(counts)
    if total <= 0:
        msg = "expected at least one value to compare"
        raise ValueError(msg)
    return [max(count / total, _LEAST_SHARE) for count in counts]
