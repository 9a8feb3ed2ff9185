"""The gate's rules: each is written down in plain words, pass or fail."""

import numpy as np
import numpy.typing as npt
import pytest

from contracts.measures import Comparison, ExportMeasure
from contracts.models.version import LITERT_FILE, LITERT_INT8_FILE
from contracts.run import ClassMetrics, GateCheck, Interval, Metrics
from trainer.judge.gate import (
    check_against_production,
    check_calibration,
    check_classes,
    check_exports,
    check_files,
    check_quality,
    nothing_to_compare,
    saved_model_failed,
)

RIGHT = np.array([[0.7, 0.3], [0.2, 0.8]], np.float32)


def failures(checks: list[GateCheck]) -> list[str]:
    return [check.message for check in checks if not check.passed]


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
    difference = ours - 0.88
    comparison = Comparison(
        version=7,
        images=100,
        groups=60,
        difference=Interval(value=difference, low=difference - 0.02, high=difference + 0.02),
        margin=0.03,
        worse_beyond_margin=0.25,
    )
    check = check_against_production(comparison, ours, 0.88)
    assert check.passed is passes
    assert "version 7 in production is 0.880 on the same 100 images in 60 groups, new to both" in check.message
    assert "in 25% of the resamples" in check.message


def exports(*, float_mb: float = 9.0, latency_ms: float = 20.0, int8: bool = True) -> list[ExportMeasure]:
    def measured(file: str, megabytes: float, took_ms: float) -> ExportMeasure:
        return ExportMeasure(
            file=file,
            bytes=int(1e6 * megabytes),
            latency_ms=took_ms,
            images=50,
            agreement=0.98,
            max_difference=0.01,
            support_difference=0.01,
            macro_f1=0.9,
            unsupported=0.02,
            published=file != LITERT_INT8_FILE or int8,
        )

    return [measured(LITERT_FILE, float_mb, latency_ms), measured(LITERT_INT8_FILE, 2.5, 10.0)]


def test_files_that_are_too_large_or_too_slow_are_refused() -> None:
    assert failures(check_files(exports(), "published", None)) == []
    large = by_name(check_files(exports(float_mb=41), "published", None))
    assert not large["size"].passed
    assert "model.tflite 41.0 MB (at most 40)" in large["size"].message
    assert not by_name(check_files(exports(latency_ms=501), "published", None))["latency"].passed
    slower = by_name(check_files(exports(latency_ms=50), "published", 16.0))["latency"]
    assert not slower.passed
    assert slower.message == (
        "model.tflite takes 50.0 ms on one thread; at most 48 is accepted; production's took 16.0 ms beside it"
    )


def test_an_int8_file_that_was_left_out_is_told_of_but_no_reason_to_reject() -> None:
    check = by_name(check_files(exports(int8=False), "left out: it agrees on 0.900, 0.97 is asked for", None))
    assert check["int8_file"].passed
    assert check["int8_file"].message == "model.int8.tflite left out: it agrees on 0.900, 0.97 is asked for"
    published = by_name(check_files(exports(), "published", None))["int8_file"]
    assert published.message == "model.int8.tflite published: same top class on 0.980 of 50 images"


def test_a_class_is_lost_only_where_enough_images_say_so() -> None:
    good = Interval(value=0.8, low=0.7, high=0.9)
    lost = Interval(value=0.1, low=0.05, high=0.2)
    assert check_classes({"a": (good, 20, 10), "b": (good, 20, 10), "c": (good, 20, 10)}).passed
    check = check_classes({"a": (good, 20, 10), "b": (good, 20, 10), "c": (lost, 20, 10)})
    assert not check.passed
    assert "recall below 0.400 beyond chance: c 0.100 [0.050, 0.200]" in check.message
    few = check_classes({"a": (good, 20, 10), "b": (good, 20, 10), "c": (lost, 9, 4)})
    assert few.passed
    assert "too few test images to judge c" in few.message


@pytest.mark.parametrize(
    ("error", "by_chance", "passes"), [(0.09, 0.02, True), (0.12, 0.02, False), (0.12, 0.15, True)]
)
def test_probabilities_must_mean_what_they_say_as_far_as_so_few_images_can_tell(
    error: float, by_chance: float, passes: bool
) -> None:
    assert check_calibration(error, by_chance).passed is passes


def test_a_saved_model_that_fails_in_a_process_of_its_own_is_a_failed_check() -> None:
    check = saved_model_failed("no variables")
    assert not check.passed
    assert check.message == "the SavedModel failed in a process of its own: no variables"


def test_nothing_to_compare_with_is_a_reason_in_words() -> None:
    check = nothing_to_compare("no version is in production yet")
    assert check.passed
    assert check.message == "nothing to compare with: no version is in production yet"
