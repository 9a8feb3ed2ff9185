"""What an export is worth: its measure on the test images, production's beside it, and the gate's checks."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from contracts.dataset import DatasetItem
from contracts.measures import CalibrationMeasure, Comparison, DecisionShares, RiskPoint, SliceMeasure
from contracts.model import LITERT_FILE
from contracts.run import GateCheck, Metrics, RunManifest
from contracts.steps import say
from inference import Outputs, UnusableModelError
from objectstore import ObjectStore
from objectstore.channels import read_channels
from trainer.errors import TrainerError
from trainer.judge.bootstrap import interval, share_interval
from trainer.judge.calibration import Calibration
from trainer.judge.files import Subject
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
from trainer.judge.metrics import macro_f1_difference, measure, softmax
from trainer.judge.predictions import Seen, look
from trainer.judge.production import in_order_of, load_production, new_to, why_incomparable
from trainer.judge.reliability import chance_calibration_error, measure_calibration, risk_coverage
from trainer.judge.slices import measure_slices
from trainer.judge.study import Study, study


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What the measuring gave."""

    metrics: Metrics
    production_version: int | None
    production_metrics: Metrics | None
    """None where production is no yardstick, or there is none."""
    comparison: Comparison | None
    calibration: CalibrationMeasure
    risk_coverage: tuple[RiskPoint, ...]
    decisions: DecisionShares
    slices: tuple[SliceMeasure, ...]
    study: Study
    sound: bool
    """Whether the exported files may have a version number."""
    checks: tuple[GateCheck, ...]

    @property
    def accepted(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True, slots=True, eq=False)
class _Yardstick:
    """Production, as far as it can be compared with."""

    version: int | None
    reason: str | None
    """Why it can't be; None if it can."""
    probabilities: npt.NDArray[np.float32] | None
    """[N, K] in the candidate's order of classes."""
    new: npt.NDArray[np.bool_]
    """[N], which test images production hasn't learnt from."""


def reach_verdict(
    store: ObjectStore,
    run: RunManifest,
    tests: Sequence[DatasetItem],
    folder: Path,
    *,
    model: str,
    calibration: Calibration,
    margin: float,
) -> Verdict:
    """Judge exported files, and the version in production on the same images by the same code.

    Args:
        store: holds the images and the version in production.
        run: what was exported.
        tests: the test images of its dataset.
        folder: holds the exported files; an int8 file that doesn't agree with the others is deleted.
        model: under which name production is looked up.
        calibration: of the run, with the thresholds.
        margin: by how much of macro-F1 the version may fall short of production.

    Raises:
        StoreError: if an image or the version in production is missing or damaged.
        UnusableModelError: if production's LiteRT file can't be run.
        TrainerError: if the one in `folder` can't.
    """
    classes = [each.name for each in run.classes]
    labels = np.array([classes.index(item.label) for item in tests])
    groups = np.array([item.group for item in tests])
    with TemporaryDirectory() as local:
        production_folder, scratch = Path(local) / "production", Path(local) / "scratch"
        scratch.mkdir()
        seen, yardstick = _look(store, tests, folder, classes, model=model, local=production_folder)
        count = len(seen.sample)
        subject = Subject(
            folder=folder,
            classes=len(classes),
            sample=seen.sample,
            labels=labels[:count],
            outputs=_first(seen, count),
            supports=seen.litert.support,
            unsupported=calibration.thresholds.unsupported,
            production=production_folder / LITERT_FILE if yardstick.version is not None else None,
        )
        say(f"comparing the exported files, and altering {count} test images in six ways")
        found = study(subject, scratch)
    probabilities = seen.litert.probabilities
    metrics = measure(probabilities, labels, groups.tolist(), classes)
    hits = probabilities.argmax(axis=1) == labels
    sound = _sound(found)
    comparison, theirs, against = _compare(yardstick, probabilities, labels, groups, classes=classes, margin=margin)
    recalls = {
        name: (
            share_interval(hits[labels == k], groups[labels == k].tolist()),
            int((labels == k).sum()),
            len(set(groups[labels == k])),
        )
        for k, name in enumerate(classes)
        if (labels == k).any()
    }
    checks = [
        *sound,
        *check_files(found.exports, found.int8_note, found.production_latency_ms),
        *check_quality(metrics),
        check_classes(recalls),
        check_calibration(metrics.expected_calibration_error, chance_calibration_error(probabilities)),
        against,
    ]
    return Verdict(
        metrics=metrics,
        production_version=yardstick.version,
        production_metrics=theirs,
        comparison=comparison,
        calibration=measure_calibration(softmax(seen.litert.logits), probabilities, labels, calibration.temperature),
        risk_coverage=risk_coverage(probabilities, labels),
        decisions=_decisions(seen, hits, calibration),
        slices=measure_slices(tests, hits),
        study=found,
        sound=all(check.passed for check in sound),
        checks=tuple(checks),
    )


def _look(
    store: ObjectStore, tests: Sequence[DatasetItem], folder: Path, classes: Sequence[str], *, model: str, local: Path
) -> tuple[Seen, _Yardstick]:
    """Run the test images through the export and, where it can be compared with, through production."""
    version = read_channels(store, model).production
    reason: str | None = "no version is in production yet"
    new = np.ones(len(tests), dtype=np.bool_)
    with ExitStack() as stack:
        production = None
        if version is not None:
            production = stack.enter_context(load_production(store, model, version, local))
            new = new_to(store, production.description, tests)
            reason = why_incomparable(production.description, classes, tests, new)
        try:
            seen = look(store, tests, folder, len(classes), production if reason is None else None)
        except UnusableModelError as error:
            msg = f"the exported file is broken, so nothing is published: {error}"
            raise TrainerError(msg) from error
        theirs = seen.production
        if production is not None and theirs is not None:
            theirs = in_order_of(classes, production.description, theirs)
    return seen, _Yardstick(version, reason, theirs, new)


def _first(seen: Seen, count: int) -> Outputs:
    """The outputs of the sampled images."""
    return seen.litert.first(count)


def _sound(found: Study) -> list[GateCheck]:
    saved = found.saved_model
    if isinstance(saved, str):
        return [saved_model_failed(saved)]
    golden = len(found.golden_litert)
    return check_exports(
        found.sample_litert, saved.probabilities[golden:], found.golden_litert, saved.probabilities[:golden]
    )


def _compare(
    yardstick: _Yardstick,
    ours: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    groups: npt.NDArray[np.str_],
    *,
    classes: Sequence[str],
    margin: float,
) -> tuple[Comparison | None, Metrics | None, GateCheck]:
    if yardstick.probabilities is None or yardstick.version is None:
        return None, None, nothing_to_compare(str(yardstick.reason))
    new = yardstick.new
    names = groups[new].tolist()
    theirs = measure(yardstick.probabilities[new], labels[new], names, classes)
    mine = measure(ours[new], labels[new], names, classes)
    tops = [each[new].argmax(axis=1) for each in (ours, yardstick.probabilities)]
    value, drawn = macro_f1_difference(tops[0], tops[1], labels[new], names, len(classes))
    comparison = Comparison(
        version=yardstick.version,
        images=int(new.sum()),
        groups=len(set(names)),
        difference=interval(value, drawn),
        margin=margin,
        worse_beyond_margin=float((drawn < -margin).mean()),
    )
    return comparison, theirs, check_against_production(comparison, mine.macro_f1.value, theirs.macro_f1.value)


def _decisions(seen: Seen, hits: npt.NDArray[np.bool_], calibration: Calibration) -> DecisionShares:
    thresholds = calibration.thresholds
    unsupported = seen.litert.support < thresholds.unsupported
    confident = ~unsupported & (seen.litert.probabilities.max(axis=1) >= thresholds.uncertain)
    return DecisionShares(
        confident=float(confident.mean()),
        uncertain=float((~unsupported & ~confident).mean()),
        unsupported=float(unsupported.mean()),
        confident_accuracy=float(hits[confident].mean()) if confident.any() else None,
    )
