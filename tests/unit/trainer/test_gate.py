"""The gate's rules: each is written down in plain words, pass or fail."""

import numpy as np
import numpy.typing as npt
import pytest

from contracts.run import ClassMetrics, GateCheck, Interval, Metrics
from trainer.gate import check_against_production, check_exports, check_quality, failures, nothing_to_compare

RIGHT = np.array([[0.7, 0.3], [0.2, 0.8]], np.float32)


def metrics(score: float, *, low: float | None = None, classes: int = 5) -> Metrics:
    interval = Interval(value=score, low=score - 0.05 if low is None else low, high=min(1.0, score + 0.05))
    each = ClassMetrics(precision=score, recall=score, f1=score, support=20)
    return Metrics(
        test_images=100,
        test_groups=60,
        macro_f1=interval,
        accuracy=interval,
        expected_calibration_error=0.02,
        per_class={f"class-{n}": each for n in range(classes)},
        confusion=((0,) * classes,) * classes,
    )


def by_name(checks: list[GateCheck]) -> dict[str, GateCheck]:
    return {check.name: check for check in checks}


def test_exports_that_agree_pass() -> None:
    assert failures(check_exports(RIGHT, RIGHT + 0.01 * np.array([1, -1], np.float32), RIGHT, RIGHT)) == []


def test_exports_that_disagree_fail_with_the_worst_difference() -> None:
    other = RIGHT + 0.03 * np.array([1, -1], np.float32)
    checks = by_name(check_exports(RIGHT, other, RIGHT, RIGHT))
    assert not checks["exports_agree"].passed
    assert "differ by at most 0.03000 on 2 test images" in checks["exports_agree"].message
    assert checks["golden_predictions"].passed
    assert not by_name(check_exports(RIGHT, RIGHT, RIGHT, other))["golden_predictions"].passed


@pytest.mark.parametrize("broken", [RIGHT * np.nan, RIGHT * 2, RIGHT * 0])
def test_what_isnt_a_probability_fails_even_where_both_files_agree(
    broken: npt.NDArray[np.float32],
) -> None:
    check = by_name(check_exports(broken, broken, RIGHT, RIGHT))["exports_agree"]
    assert not check.passed
    assert "something else than probabilities" in check.message


@pytest.mark.parametrize(("score", "classes", "passes"), [(0.37, 5, True), (0.35, 5, False), (0.55, 2, False)])
def test_the_floor_lies_above_guessing(score: float, classes: int, passes: bool) -> None:
    assert by_name(check_quality(metrics(score, low=0.3, classes=classes)))["macro_f1_floor"].passed is passes


def test_an_interval_that_reaches_down_to_guessing_fails() -> None:
    assert not by_name(check_quality(metrics(0.5, low=0.19)))["better_than_chance"].passed


@pytest.mark.parametrize(("ours", "passes"), [(0.90, True), (0.86, True), (0.82, False)])
def test_a_candidate_may_fall_short_of_production_by_the_margin_only(ours: float, passes: bool) -> None:
    check = check_against_production(metrics(ours), 7, metrics(0.88))
    assert check.passed is passes
    assert "version 7 in production" in check.message
    assert "on the same 100 images, new to both" in check.message


def test_nothing_to_compare_with_is_a_reason_in_words() -> None:
    check = nothing_to_compare("no version is in production yet")
    assert check.passed
    assert check.message == "nothing to compare with: no version is in production yet"
