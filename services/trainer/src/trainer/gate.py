"""The gate: whether a candidate may go into production. Pure rules; every one is written down, pass or fail."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from contracts.run import GateCheck, Metrics

Floats = npt.NDArray[np.float32]

MAX_DISAGREEMENT = 0.02
"""Between the probabilities of the SavedModel and the LiteRT file."""
MARGIN = 0.03
"""By how much of macro-F1 a candidate may fall short of production; less than a small test set can tell."""
FLOOR_ABOVE_CHANCE = 0.20
"""Of the way from guessing (1/K) to perfection that a candidate must have gone."""


def check_exports(litert: Floats, saved_model: Floats, golden_litert: Floats, golden_saved: Floats) -> list[GateCheck]:
    """Whether the exported files are one model; [N, K] probabilities of test images and of golden pictures."""
    return [
        _agreement("exports_agree", "test images", litert, saved_model),
        _agreement("golden_predictions", "golden pictures", golden_litert, golden_saved),
    ]


def check_quality(metrics: Metrics) -> list[GateCheck]:
    """Whether the candidate has learnt anything worth serving."""
    chance = 1 / len(metrics.per_class)
    floor = chance + FLOOR_ABOVE_CHANCE * (1 - chance)
    score = metrics.macro_f1
    return [
        GateCheck(
            name="macro_f1_floor",
            passed=score.value >= floor,
            message=f"macro-F1 is {score}; at least {floor:.3f} is asked for ({chance:.3f} is guessing)",
        ),
        GateCheck(
            name="better_than_chance",
            passed=score.low > chance,
            message=f"the interval of macro-F1 begins at {score.low:.3f}; it must lie above guessing, {chance:.3f}",
        ),
    ]


def check_against_production(candidate: Metrics, version: int, production: Metrics) -> GateCheck:
    """Whether the candidate is as good as production, on the same images (new to both) by the same code."""
    ours, theirs = candidate.macro_f1, production.macro_f1
    return GateCheck(
        name="no_worse_than_production",
        passed=ours.value >= theirs.value - MARGIN,
        message=(
            f"macro-F1 is {ours}, that of version {version} in production is {theirs} on the same "
            f"{candidate.test_images} images, new to both; at most {MARGIN} less is accepted"
        ),
    )


def nothing_to_compare(reason: str) -> GateCheck:
    """The candidate is judged as a first version is."""
    return GateCheck(name="no_worse_than_production", passed=True, message=f"nothing to compare with: {reason}")


def failures(checks: Sequence[GateCheck]) -> list[str]:
    """The messages of the checks that failed."""
    return [check.message for check in checks if not check.passed]


def _agreement(name: str, what: str, litert: Floats, saved_model: Floats) -> GateCheck:
    both = np.stack([litert, saved_model])
    sound = bool(np.isfinite(both).all()) and np.allclose(both.sum(axis=-1), 1.0, atol=1e-3)
    worst = float(np.abs(litert - saved_model).max())
    return GateCheck(
        name=name,
        passed=sound and worst <= MAX_DISAGREEMENT,
        message=(
            f"SavedModel and LiteRT file differ by at most {worst:.5f} on {len(litert)} {what}; "
            f"{MAX_DISAGREEMENT} is accepted"
            if sound
            else f"the exported files gave something else than probabilities on {len(litert)} {what}"
        ),
    )
