"""Drift: nothing where nothing moved, more where more did."""

import math

import pytest
from pydantic import ValidationError

from contracts.models.drift import DRIFTED, Histogram, population_stability_index


def test_equal_distributions_have_none() -> None:
    assert population_stability_index([0.2, 0.8], [20, 80]) == pytest.approx(0)


def test_it_is_the_published_formula() -> None:
    expected = (0.4 - 0.5) * math.log(0.4 / 0.5) + (0.6 - 0.5) * math.log(0.6 / 0.5)
    assert population_stability_index([0.5, 0.5], [0.4, 0.6]) == pytest.approx(expected)


def test_an_empty_bin_counts_and_stays_finite() -> None:
    assert DRIFTED < population_stability_index([0.5, 0.5, 0.0], [0.1, 0.1, 0.8]) < 10


@pytest.mark.parametrize(("expected", "actual"), [([0.5, 0.5], [0, 0]), ([0.5, 0.5], [1.0])])
def test_what_cannot_be_compared_is_refused(expected: list[float], actual: list[float]) -> None:
    with pytest.raises(ValueError, match=r"expected at least|zip"):
        population_stability_index(expected, actual)


def test_a_histogram_has_one_share_per_bin() -> None:
    with pytest.raises(ValidationError, match="one share per bin"):
        Histogram(edges=(0, 1, 2), shares=(1.0,))
