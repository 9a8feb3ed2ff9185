"""What an export is worth: its figures on the test images, production's beside them, and the gate's checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from contracts.dataset import DatasetItem
from contracts.manifest import utc_now
from contracts.measures import Comparison, DecisionShares, SliceMeasure
from contracts.models.version import LITERT_FILE, LITERT_INT8_FILE, SAVED_MODEL_FOLDER
from contracts.run import Evaluation, GateCheck, Metrics, RunManifest
from contracts.steps import say
from imaging import INPUT_SIDE_PX, golden_pixels
from inference import LiteRtClassifier, Outputs
from objectstore import ObjectStore
from trainer.data.skin_tone import tone_of
from trainer.export.saved_model_run import SavedModelFailedError, SavedModelOutputs, SavedModelRun
from trainer.judge import gate
from trainer.judge.calibration import Calibration
from trainer.judge.files import Sample, measure_files, run_int8
from trainer.judge.metrics import interval, macro_f1_difference, measure, share_interval, softmax
from trainer.judge.predictions import Yardstick, predict
from trainer.judge.reliability import chance_calibration_error, measure_calibration, risk_coverage
from trainer.judge.robustness import measure_robustness
from trainer.judge.strangers import measure_support

Labels = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

MIN_IMAGES = 20
MIN_GROUPS = 8
"""Of a slice; fewer don't make an interval that means anything."""
MONK_BANDS = {"Monk 1-3": (1, 3), "Monk 4-7": (4, 7), "Monk 8-10": (8, 10)}
FITZPATRICK_BANDS = {"Fitzpatrick I-II": (1, 2), "Fitzpatrick III-IV": (3, 4), "Fitzpatrick V-VI": (5, 6)}


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    evaluation: Evaluation
    """Without a version number."""
    golden: Floats
    """[G, K], what the LiteRT file says of the golden pictures."""
    sound: bool
    """Whether the exported files may have a version number."""


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

    The SavedModel works in a process of its own while altered pictures and strangers go through the LiteRT file.
    An int8 file in `folder` that doesn't agree with the others is deleted. Raises what `predict` does.
    """
    classes = [each.name for each in run.classes]
    labels = np.array([classes.index(item.label) for item in tests])
    groups = np.array([item.group for item in tests])
    unsupported = calibration.thresholds.unsupported
    golden = golden_pixels()
    with TemporaryDirectory() as local:
        scratch = Path(local) / "scratch"
        scratch.mkdir()
        seen = predict(store, tests, folder, classes, model=model, local=Path(local) / "production")
        outputs, production, count = seen.outputs, seen.production, len(seen.sample)
        sample = Sample(seen.sample, labels[:count], outputs.first(count), len(classes), unsupported)
        say(f"comparing the exported files, and altering {count} test images in six ways")
        with SavedModelRun(
            folder / SAVED_MODEL_FOLDER, np.concatenate([golden, sample.pixels]), scratch
        ) as other_process:
            with LiteRtClassifier(folder / LITERT_FILE, classes=len(classes), side_px=INPUT_SIDE_PX) as litert:
                golden_probabilities = litert.predict(golden).probabilities
                robustness = measure_robustness(sample, litert)
                support = measure_support(outputs.support, unsupported, litert)
            int8 = run_int8(folder / LITERT_INT8_FILE, sample)
            saved, sound = _agreement(other_process, sample, golden_probabilities)
        files = measure_files(folder, sample, saved, int8, production.file)
    probabilities = outputs.probabilities
    hits = probabilities.argmax(axis=1) == labels
    metrics = measure(probabilities, labels, groups.tolist(), classes)
    comparison, theirs, against = _compare(production, probabilities, labels, groups, classes=classes, margin=margin)
    recalls = {
        name: (share_interval(hits[here], groups[here].tolist()), int(here.sum()), len(set(groups[here])))
        for name, here in ((name, labels == index) for index, name in enumerate(classes))
        if here.any()
    }
    checks = [
        *sound,
        *gate.check_files(files.exports, files.int8_outcome, files.production_latency_ms),
        *gate.check_quality(metrics),
        gate.check_classes(recalls),
        gate.check_calibration(metrics.expected_calibration_error, chance_calibration_error(probabilities)),
        against,
    ]
    evaluation = Evaluation(
        run_id=run.run_id,
        model=model,
        version=None,
        created_at=utc_now(),
        metrics=metrics,
        production_version=production.version,
        production_metrics=theirs,
        checks=tuple(checks),
        accepted=all(check.passed for check in checks),
        classes=run.classes,
        dataset_id=run.dataset_id,
        synthetic=run.synthetic,
        notice=run.notice,
        comparison=comparison,
        calibration=measure_calibration(softmax(outputs.logits), probabilities, labels, calibration.temperature),
        uncertain_threshold=calibration.thresholds.uncertain,
        risk_coverage=risk_coverage(probabilities, labels),
        decisions=_decisions(outputs, hits, calibration),
        support=support,
        slices=_measure_slices(tests, hits),
        robustness=robustness,
        exports=files.exports,
    )
    return Verdict(evaluation, golden_probabilities, all(check.passed for check in sound))


def _agreement(
    other_process: SavedModelRun, sample: Sample, golden: Floats
) -> tuple[SavedModelOutputs | None, list[GateCheck]]:
    """What the SavedModel says of the sample, and whether the LiteRT file says the same, of the golden pictures too."""
    try:
        saved = other_process.result()
    except SavedModelFailedError as error:
        return None, [gate.saved_model_failed(str(error))]
    of_golden, of_sample = saved.part(slice(len(golden))), saved.part(slice(len(golden), None))
    ours = sample.outputs.probabilities
    return of_sample, gate.check_exports(ours, of_sample.probabilities, golden, of_golden.probabilities)


def _compare(
    production: Yardstick,
    ours: Floats,
    labels: Labels,
    groups: npt.NDArray[np.str_],
    *,
    classes: Sequence[str],
    margin: float,
) -> tuple[Comparison | None, Metrics | None, GateCheck]:
    """On the images that are new to production: the comparison, production's metrics and the gate's check."""
    if production.probabilities is None or production.version is None:
        return None, None, gate.nothing_to_compare(str(production.reason))
    new = production.new
    names = groups[new].tolist()
    theirs = measure(production.probabilities[new], labels[new], names, classes)
    mine = measure(ours[new], labels[new], names, classes)
    tops = [each[new].argmax(axis=1) for each in (ours, production.probabilities)]
    value, drawn = macro_f1_difference(tops[0], tops[1], labels[new], names, len(classes))
    comparison = Comparison(
        version=production.version,
        images=int(new.sum()),
        groups=len(set(names)),
        difference=interval(value, drawn),
        margin=margin,
        worse_beyond_margin=float((drawn < -margin).mean()),
    )
    return comparison, theirs, gate.check_against_production(comparison, mine.macro_f1.value, theirs.macro_f1.value)


def _decisions(outputs: Outputs, hits: npt.NDArray[np.bool_], calibration: Calibration) -> DecisionShares:
    unsupported = outputs.support < calibration.thresholds.unsupported
    confident = ~unsupported & (outputs.probabilities.max(axis=1) >= calibration.thresholds.uncertain)
    return DecisionShares(
        confident=float(confident.mean()),
        uncertain=float((~unsupported & ~confident).mean()),
        unsupported=float(unsupported.mean()),
        confident_accuracy=float(hits[confident].mean()) if confident.any() else None,
    )


def _measure_slices(items: Sequence[DatasetItem], hits: npt.NDArray[np.bool_]) -> tuple[SliceMeasure, ...]:
    """Accuracy by skin tone, by whether the model was right about each image."""
    names = np.array([_skin_slice(item) for item in items])
    groups = np.array([item.group for item in items])
    known = [*MONK_BANDS, *FITZPATRICK_BANDS]
    found = [name for name in known if name in names] + sorted(set(names) - set(known))
    return tuple(_measure_slice(name, hits[names == name], groups[names == name].tolist()) for name in found)


def _skin_slice(item: DatasetItem) -> str:
    """The part that an image belongs to; what was only estimated from pixels says so."""
    whence, tone = tone_of(item.skin_tone, item.fitzpatrick, item.ita_degrees)
    match whence:
        case "monk":
            return _band(MONK_BANDS, int(tone))
        case "fitzpatrick":
            return _band(FITZPATRICK_BANDS, int(tone))
        case "estimated":
            return f"estimated {tone}"
    return "unknown"


def _band(bands: dict[str, tuple[int, int]], tone: int) -> str:
    return next(name for name, (low, high) in bands.items() if low <= tone <= high)


def _measure_slice(name: str, hits: npt.NDArray[np.bool_], groups: Sequence[str]) -> SliceMeasure:
    count = len(set(groups))
    enough = len(hits) >= MIN_IMAGES and count >= MIN_GROUPS
    return SliceMeasure(
        by="skin tone",
        name=name,
        images=len(hits),
        groups=count,
        accuracy=share_interval(hits, groups) if enough else None,
        note="" if enough else f"too few to tell: {MIN_IMAGES} images in {MIN_GROUPS} groups are asked for",
    )
