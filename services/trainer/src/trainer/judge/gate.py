"""The gate: whether a candidate may go into production. Pure rules; every one is written down, pass or fail."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from contracts.measures import Comparison, ExportMeasure, Interval
from contracts.models.version import LITERT_FILE, LITERT_INT8_FILE, SAVED_MODEL_FOLDER
from contracts.run import GateCheck, Metrics

Floats = npt.NDArray[np.float32]

MAX_DISAGREEMENT = 0.02
"""Between the probabilities of the SavedModel and the LiteRT file."""
MARGIN = 0.03
"""By how much of macro-F1 a candidate may fall short of production, unless another margin is asked for."""
FLOOR_ABOVE_CHANCE = 0.20
"""Of the way from guessing (1/K) to perfection that a candidate must have gone."""
CLASS_FLOOR_ABOVE_CHANCE = 0.10
"""The same for each class' recall."""
MIN_CLASS_IMAGES = 10
MIN_CLASS_GROUPS = 5
"""Of which a class needs so many in the test split for its floor to mean anything."""
MAX_CALIBRATION_ERROR = 0.10
MAX_BYTES = {LITERT_FILE: 40_000_000, SAVED_MODEL_FOLDER: 120_000_000, LITERT_INT8_FILE: 12_000_000}
MAX_LATENCY_MS = 500.0
"""Of one picture in the LiteRT file on one thread: a busy, slow machine still answers."""
MAX_SLOWDOWN = 3.0
"""Against production's LiteRT file, measured in turns; another architecture may take twice the time of the default."""


def check_exports(litert: Floats, saved_model: Floats, golden_litert: Floats, golden_saved: Floats) -> list[GateCheck]:
    """Whether the exported files are one model; [N, K] probabilities of test images and of golden pictures."""
    return [
        _agreement("exports_agree", "test images", litert, saved_model),
        _agreement("golden_predictions", "golden pictures, in a process of its own", golden_litert, golden_saved),
    ]


def saved_model_failed(reason: str) -> GateCheck:
    return GateCheck(
        name="golden_predictions", passed=False, message=f"the SavedModel failed in a process of its own: {reason}"
    )


def check_files(
    exports: Sequence[ExportMeasure], int8_note: str, production_latency_ms: float | None
) -> list[GateCheck]:
    """Whether the files are small and fast enough, and what became of the int8 file, which is no reason to reject."""
    published = [export for export in exports if export.published]
    large = [e.file for e in published if e.bytes > MAX_BYTES[e.file]]
    sizes = ", ".join(f"{e.file} {e.bytes / 1e6:.1f} MB (at most {MAX_BYTES[e.file] / 1e6:.0f})" for e in published)
    litert_ms = next(e.latency_ms for e in exports if e.file == LITERT_FILE) or 0.0
    bound_ms = min([MAX_LATENCY_MS] + [MAX_SLOWDOWN * ms for ms in [production_latency_ms] if ms is not None])
    beside = "" if production_latency_ms is None else f"; production's took {production_latency_ms:.1f} ms beside it"
    int8 = next((e for e in published if e.file == LITERT_INT8_FILE), None)
    agrees = f": same top class on {int8.agreement:.3f} of {int8.images} images" if int8 else ""
    return [
        GateCheck(name="int8_file", passed=True, message=f"{LITERT_INT8_FILE} {int8_note}{agrees}"),
        GateCheck(name="size", passed=not large, message=sizes),
        GateCheck(
            name="latency",
            passed=litert_ms <= bound_ms,
            message=f"{LITERT_FILE} takes {litert_ms:.1f} ms on one thread; at most {bound_ms:.0f} is accepted{beside}",
        ),
    ]


def check_classes(recalls: Mapping[str, tuple[Interval, int, int]]) -> GateCheck:
    """Whether no class is lost: even the upper end of its recall's interval would lie below the floor.

    The tuples are of recall, test images and test groups.
    """
    chance = 1 / len(recalls)
    floor = chance + CLASS_FLOOR_ABOVE_CHANCE * (1 - chance)
    judged = {
        name: recall
        for name, (recall, images, groups) in recalls.items()
        if images >= MIN_CLASS_IMAGES and groups >= MIN_CLASS_GROUPS
    }
    lost = [f"{name} {recall}" for name, recall in judged.items() if recall.high < floor]
    weakest = min(judged.items(), key=lambda pair: pair[1].value, default=None)
    few = [name for name in recalls if name not in judged]
    parts = [
        f"recall below {floor:.3f} beyond chance: {', '.join(lost)}"
        if lost
        else f"no class' recall is below {floor:.3f}",
        f"the weakest is {weakest[0]} {weakest[1]}" if weakest and not lost else "",
        f"too few test images to judge {', '.join(few)}" if few else "",
    ]
    return GateCheck(name="class_floors", passed=not lost, message="; ".join(part for part in parts if part))


def check_calibration(error: float, by_chance: float) -> GateCheck:
    """Whether the probabilities mean what they say, as far as so few images can tell.

    Perfect probabilities stay under the error `by_chance` 19 times of 20 on as many images.
    """
    bound = max(MAX_CALIBRATION_ERROR, by_chance)
    return GateCheck(
        name="calibration",
        passed=error <= bound,
        message=(
            f"expected calibration error is {error:.3f}; at most {bound:.3f} is accepted "
            f"(perfect probabilities stay under {by_chance:.3f} on so many images)"
        ),
    )


def check_quality(metrics: Metrics) -> list[GateCheck]:
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


def check_against_production(comparison: Comparison, ours: float, theirs: float) -> GateCheck:
    """Whether the candidate is as good as production, on the same images (new to both) by the same code."""
    return GateCheck(
        name="no_worse_than_production",
        passed=comparison.difference.value >= -comparison.margin,
        message=(
            f"macro-F1 is {ours:.3f}, that of version {comparison.version} in production is {theirs:.3f} on the same "
            f"{comparison.images} images in {comparison.groups} groups, new to both: a difference of "
            f"{comparison.difference} where at least {-comparison.margin:.3f} is accepted; in "
            f"{comparison.worse_beyond_margin:.0%} of the resamples it is less than that"
        ),
    )


def nothing_to_compare(reason: str) -> GateCheck:
    """The candidate is judged as a first version is."""
    return GateCheck(name="no_worse_than_production", passed=True, message=f"nothing to compare with: {reason}")


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
