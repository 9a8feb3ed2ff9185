"""The step `evaluate`: a run in, exported files, their measure, the gate's word and a candidate version out.

Start here, then `calibrate`, `export`, `verdict` (what the exported files are worth), `gate` and `versions`.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from contracts import keys, promotion
from contracts.dataset import DatasetItem, DatasetManifest, Split
from contracts.drift import Reference
from contracts.manifest import utc_now
from contracts.model import ModelDescription
from contracts.run import Evaluation, RunManifest
from contracts.steps import Result, say
from imaging import PREPROCESSING, read_pixels
from objectstore import ObjectStore, load_document, read_document
from objectstore.channels import change_channels
from trainer.data.datasets import load_items
from trainer.export.export import export
from trainer.fit.run_folder import load_run
from trainer.judge.calibration import Calibration, calibrate
from trainer.judge.gate import MARGIN
from trainer.judge.reference import make_reference
from trainer.judge.verdict import Verdict, reach_verdict
from trainer.network.backbone import build_backbone
from trainer.network.classifier import Classifier
from trainer.pages import render
from trainer.photos import for_each_photo
from trainer.publish.licences import licences_of
from trainer.publish.provenance import checked_out_commit, libraries
from trainer.publish.version_folder import describe, golden_rows, publish
from trainer.publish.version_numbers import claim_version
from trainer.settings import TrainerSettings

INT8_PICTURES = 32
"""Training pictures on which the ranges of the int8 file are measured; more take their time and change nothing."""


def evaluate(store: ObjectStore, run_uri: str, environment: TrainerSettings, *, margin: float = MARGIN) -> Result:
    """Export a run, judge what was exported, publish it under a version number and make it the candidate.

    Args:
        store: holds the run, its dataset and production.
        run_uri: of the run's manifest.
        environment: the model's name, among others.
        margin: by how much of macro-F1 the version may fall short of production.

    Raises:
        StoreError: if something of the run, its dataset or production is missing or damaged.
        TrainerError: if the exported file can't be run; nothing is published then.
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
        for check in verdict.checks:
            say(f"{'pass' if check.passed else 'FAIL'} {check.name}: {check.message}")
        version = None
        if verdict.sound:
            version = claim_version(store, environment.model, run.run_id)
            validation = [item for item in items if item.split is Split.VALIDATION]
            reference = make_reference(store, validation, calibration, [each.name for each in run.classes])
            description = _description(run, version, calibration, verdict, environment=environment, reference=reference)
            evaluation = _evaluation(run, version, calibration, verdict, environment.model)
            _publish(store, folder, description, evaluation, dataset)
            _offer(store, description)
        else:
            evaluation = _evaluation(run, None, calibration, verdict, environment.model)
    _record(store, run, evaluation)
    return _result(store, evaluation)


def _export(store: ObjectStore, run: RunManifest, items: Sequence[DatasetItem], folder: Path) -> Calibration:
    """Calibrate the run and write its exported files into `folder`."""
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


def _evaluation(
    run: RunManifest, version: int | None, calibration: Calibration, verdict: Verdict, model: str
) -> Evaluation:
    return Evaluation(
        run_id=run.run_id,
        model=model,
        version=version,
        created_at=utc_now(),
        metrics=verdict.metrics,
        production_version=verdict.production_version,
        production_metrics=verdict.production_metrics,
        checks=verdict.checks,
        accepted=verdict.accepted,
        classes=run.classes,
        dataset_id=run.dataset_id,
        synthetic=run.synthetic,
        notice=run.notice,
        comparison=verdict.comparison,
        calibration=verdict.calibration,
        uncertain_threshold=calibration.thresholds.uncertain,
        risk_coverage=verdict.risk_coverage,
        decisions=verdict.decisions,
        support=verdict.study.support,
        slices=verdict.slices,
        robustness=verdict.study.robustness,
        exports=verdict.study.exports,
    )


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
        golden=golden_rows(verdict.study.golden_litert),
        synthetic=run.synthetic,
        notice=run.notice,
        dataset_id=run.dataset_id,
        run_id=run.run_id,
        trained_at=run.created_at,
        git_commit=environment.git_commit or checked_out_commit(),
        libraries=libraries(),
        weights=run.weights,
        metrics=verdict.metrics,
        reference=reference,
        exports=tuple(each for each in verdict.study.exports if each.published),
    )


def _publish(
    store: ObjectStore, folder: Path, description: ModelDescription, evaluation: Evaluation, dataset: DatasetManifest
) -> None:
    """Publish the version unless an evaluation that was cut short already did."""
    if store.head(keys.manifest(keys.version(description.name, description.version))) is None:
        describe(folder, description, dataset.counts, evaluation, licences_of(store, dataset))
        publish(store, folder, description)
    say(f"published {description.name} version {description.version}")


def _offer(store: ObjectStore, description: ModelDescription) -> None:
    """Make the version the candidate, once."""
    reason = f"run {description.run_id}, macro-F1 {description.metrics.macro_f1}"
    change_channels(store, description.name, lambda now: promotion.offer(now, description.version, reason))


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
