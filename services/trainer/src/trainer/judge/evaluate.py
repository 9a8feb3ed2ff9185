"""The step `evaluate`: a run in, exported files, their figures, the gate's decision and a candidate version out.

Start here, then `calibration`, `export.export`, `verdict` (`predictions`, then `files`, `robustness`, `strangers`,
`metrics`, `gate`) and `publish.version`.
"""

import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import version as version_of
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from contracts import keys
from contracts.dataset import DatasetItem, DatasetManifest, Split
from contracts.models import promotion
from contracts.models.drift import Reference
from contracts.models.version import ModelDescription
from contracts.run import Evaluation, RunManifest
from contracts.steps import Result, say
from imaging import PREPROCESSING, read_pixels
from objectstore import ObjectStore, load_document, read_document
from objectstore.channels import change_channels
from trainer.data.datasets import load_items
from trainer.export.export import export
from trainer.fit.run_folder import load_run
from trainer.judge.calibration import Calibration, calibrate, make_reference
from trainer.judge.gate import MARGIN
from trainer.judge.verdict import Verdict, reach_verdict
from trainer.network.backbone import build_backbone
from trainer.network.classifier import Classifier
from trainer.network.tensorflow import keras, tf
from trainer.pages import render
from trainer.photos import for_each_photo
from trainer.publish.version import claim_version, describe, golden_rows, licences_of, publish
from trainer.settings import TrainerSettings

INT8_PICTURES = 32
"""Training pictures on which the ranges of the int8 file are measured; more take their time and change nothing."""


def evaluate(store: ObjectStore, run_uri: str, environment: TrainerSettings, *, margin: float = MARGIN) -> Result:
    """Export a run, judge what was exported, publish it under a version number and make it the candidate.

    It may fall short of production by `margin` of macro-F1. If the exported file can't be run, nothing is published.
    """
    run = load_document(store, run_uri, RunManifest)
    if store.head(keys.evaluation(run.run_id)) is not None:
        say(f"nothing new: run {run.run_id} was evaluated already")
        return _result(store, read_document(store, keys.evaluation(run.run_id), Evaluation))
    dataset = load_document(store, run.dataset, DatasetManifest)
    items = load_items(store, dataset)
    with TemporaryDirectory() as local:
        folder = Path(local) / "version"
        calibration = _export(store, run, items, folder)
        say("exported; judging what was exported")
        verdict = reach_verdict(
            store,
            run,
            [item for item in items if item.split is Split.TEST],
            folder,
            model=environment.model,
            calibration=calibration,
            margin=margin,
        )
        for check in verdict.evaluation.checks:
            say(f"{'pass' if check.passed else 'FAIL'} {check.name}: {check.message}")
        evaluation = verdict.evaluation
        if verdict.sound:
            version = claim_version(store, environment.model, run.run_id)
            evaluation = evaluation.model_copy(update={"version": version})
            validation = [item for item in items if item.split is Split.VALIDATION]
            reference = make_reference(store, validation, calibration, [each.name for each in run.classes])
            description = _description(run, version, calibration, verdict, environment=environment, reference=reference)
            _publish(store, folder, description, evaluation, dataset)
            reason = f"run {run.run_id}, macro-F1 {evaluation.metrics.macro_f1}"
            change_channels(store, environment.model, lambda now: promotion.offer(now, version, reason))
    _record(store, run, evaluation)
    return _result(store, evaluation)


def _export(store: ObjectStore, run: RunManifest, items: Sequence[DatasetItem], folder: Path) -> Calibration:
    with TemporaryDirectory() as local:
        arrays, head = load_run(store, run, Path(local))
    calibration = calibrate(head)
    say("exporting SavedModel and LiteRT files")
    classifier = Classifier(
        backbone=build_backbone(arrays, architecture=run.settings.architecture),
        kernel=head.kernel,
        bias=head.bias,
        temperature=calibration.temperature,
        prototypes=calibration.prototypes,
        classes=tuple(each.name for each in run.classes),
    )
    # items stand in the order of their hashes: the first ones are random
    learnt = [item for item in items if item.split is Split.TRAIN][:INT8_PICTURES]
    pictures = np.stack(list(for_each_photo(store, learnt, lambda _, data: read_pixels(data))))
    folder.mkdir(parents=True)
    export(classifier, folder, sample=pictures)
    return calibration


def _description(
    run: RunManifest,
    version: int,
    calibration: Calibration,
    verdict: Verdict,
    *,
    environment: TrainerSettings,
    reference: Reference,
) -> ModelDescription:
    return ModelDescription(
        name=environment.model,
        version=version,
        classes=run.classes,
        preprocessing=PREPROCESSING,
        temperature=calibration.temperature,
        thresholds=calibration.thresholds,
        golden=golden_rows(verdict.golden),
        synthetic=run.synthetic,
        notice=run.notice,
        dataset_id=run.dataset_id,
        run_id=run.run_id,
        trained_at=run.created_at,
        git_commit=environment.git_commit or _checked_out_commit(),
        libraries={
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            **{name: version_of(name) for name in ("ai-edge-litert", "numpy", "pillow")},
        },
        weights=run.weights,
        metrics=verdict.evaluation.metrics,
        reference=reference,
        exports=tuple(each for each in verdict.evaluation.exports if each.published),
    )


def _checked_out_commit() -> str | None:
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip()


def _publish(
    store: ObjectStore, folder: Path, description: ModelDescription, evaluation: Evaluation, dataset: DatasetManifest
) -> None:
    """Publish the version unless an evaluation that was cut short already did."""
    if store.head(keys.manifest(keys.version(description.name, description.version))) is None:
        describe(folder, description, dataset.counts, evaluation, licences_of(store, dataset))
        publish(store, folder, description)
    say(f"published {description.name} version {description.version}")


def _record(store: ObjectStore, run: RunManifest, evaluation: Evaluation) -> None:
    """Write the report, then the evaluation: once that is there, the step isn't repeated."""
    report = render("evaluation.html.j2", evaluation=evaluation, run=run)
    store.put(f"{keys.run(run.run_id)}/report.html", report.encode(), content_type="text/html; charset=utf-8")
    store.put(keys.evaluation(run.run_id), evaluation.to_json(), content_type="application/json")


def _result(store: ObjectStore, evaluation: Evaluation) -> Result:
    return {
        "evaluation": store.uri(keys.evaluation(evaluation.run_id)),
        "model": evaluation.model,
        "version": evaluation.version,
        "accepted": evaluation.accepted,
        "macro_f1": evaluation.metrics.macro_f1.value,
        "reasons": list(evaluation.failures),
    }
