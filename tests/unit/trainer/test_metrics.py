"""Figures against ones worked out by hand, and intervals that know what a group is."""

import numpy as np
import pytest

from trainer.judge.calibration import fit_temperature, uncertain_threshold
from trainer.judge.metrics import confusion_of, macro_f1, mean_log_loss, measure, softmax
from trainer.judge.reliability import expected_calibration_error

CLASSES = ("a", "b", "c")


def certain(predicted: list[int]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.eye(3)[predicted]


def test_metrics_are_those_worked_out_by_hand() -> None:
    labels = np.array([0, 0, 0, 1, 1, 2])
    metrics = measure(certain([0, 0, 1, 1, 1, 0]), labels, [str(n) for n in range(6)], CLASSES)
    assert metrics.confusion == ((2, 1, 0), (0, 2, 0), (1, 0, 0))
    assert metrics.accuracy.value == pytest.approx(4 / 6)
    assert metrics.per_class["a"].f1 == pytest.approx(2 / 3)
    assert metrics.per_class["b"].precision == pytest.approx(2 / 3)
    assert metrics.per_class["b"].recall == 1.0
    assert metrics.per_class["c"].f1 == 0.0
    assert metrics.macro_f1.value == pytest.approx((2 / 3 + 0.8 + 0) / 3)
    assert (metrics.test_images, metrics.test_groups) == (6, 6)


def test_intervals_hold_the_value_and_widen_when_images_share_groups() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, size=300)
    predicted = np.where(rng.random(300) < 0.8, labels, (labels + 1) % 3)
    alone = measure(certain(predicted.tolist()), labels, [str(n) for n in range(300)], CLASSES)
    # ten copies of each image say no more than the image
    order = np.repeat(np.arange(30), 10)
    together = measure(certain(predicted[order].tolist()), labels[order], [str(n) for n in order], CLASSES)
    assert alone.macro_f1.low < alone.macro_f1.value < alone.macro_f1.high
    assert together.macro_f1.high - together.macro_f1.low > 2 * (alone.macro_f1.high - alone.macro_f1.low)


def test_a_class_that_doesnt_occur_in_a_resample_doesnt_count_there() -> None:
    assert macro_f1(confusion_of(np.array([0, 1]), np.array([0, 1]), 3)) == 1.0


def test_calibration_error_is_the_distance_of_confidence_from_accuracy() -> None:
    probabilities = np.tile([0.75, 0.25, 0.0], (100, 1))
    labels = np.array([0] * 55 + [1] * 45)
    assert expected_calibration_error(probabilities, labels) == pytest.approx(0.2)


def test_the_temperature_undoes_overconfidence() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(4000, 3))
    labels = np.array([rng.choice(3, p=p) for p in softmax(logits)])
    overconfident = (3.0 * logits).astype(np.float32)
    temperature = fit_temperature(overconfident, labels)
    assert temperature == pytest.approx(3.0, rel=0.1)
    assert mean_log_loss(overconfident / temperature, labels) < mean_log_loss(overconfident, labels)


def test_a_few_images_move_the_temperature_little_and_many_of_the_same_kind_move_it_all_the_way() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(4000, 3))
    labels = np.array([rng.choice(3, p=p) for p in softmax(logits)])
    overconfident = (3.0 * logits).astype(np.float32)
    few, more, many = (fit_temperature(overconfident[:count], labels[:count]) for count in (5, 50, 4000))
    assert 1.0 < few < 1.5 < more < many


def test_faultless_validation_images_dont_make_the_model_certain_of_everything() -> None:
    few = fit_temperature(np.eye(3, dtype=np.float32), np.arange(3))
    assert 0.9 < few < 1.0
    many = fit_temperature(np.tile(np.eye(3, dtype=np.float32), (1000, 1)), np.tile(np.arange(3), 1000))
    assert many == pytest.approx(0.5)


def test_the_uncertain_threshold_lets_at_most_a_tenth_of_the_confident_answers_be_wrong() -> None:
    rng = np.random.default_rng(2)
    confidence = rng.uniform(0.5, 1.0, size=5000)
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    labels = (rng.random(5000) > confidence).astype(np.int64)
    threshold = uncertain_threshold(probabilities, labels)
    confident = confidence >= threshold
    assert 0.08 < labels[confident].mean() <= 0.1
    assert confident.mean() > 0.3


def test_the_uncertain_threshold_stays_within_reason() -> None:
    right = np.tile([0.4, 0.3, 0.3], (50, 1))
    assert uncertain_threshold(right, np.zeros(50, np.int64)) == 0.5
    assert uncertain_threshold(right, np.ones(50, np.int64)) == 0.95
