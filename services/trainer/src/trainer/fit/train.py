"""The step `train`: a dataset in, a finished run out.

Start here, then `network.weights` (where training starts), `network.features` (what the frozen part sees, computed
once), `epochs` (how training goes), `head` and `fine_tune`. A training that is killed goes on where it was when the
same command runs again.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from contracts import keys
from contracts.dataset import DatasetManifest, Split
from contracts.manifest import FileEntry, utc_now
from contracts.models.promotion import is_settled
from contracts.run import Evaluation, RunManifest, StartingWeights, TrainSettings
from contracts.steps import NothingNewError, Result, say
from objectstore import ObjectStore, load_document, publish_folder, read_document
from objectstore.channels import read_channels
from trainer.data.datasets import load_items
from trainer.fit.checkpoints import Checkpoints
from trainer.fit.epochs import run_phase
from trainer.fit.head import BIAS, KERNEL, HeadPhase
from trainer.fit.journal import Journal, Listener, TensorBoard
from trainer.fit.mlflow_tracking import MlflowTracking
from trainer.fit.run_folder import KEPT_TRAIN_IMAGES, LOGS_FOLDER, TrainedHead, write_run
from trainer.network.features import FeatureSource
from trainer.network.support import unit
from trainer.network.weights import Arrays, Weights, find_weights
from trainer.settings import TrainerSettings


def train(store: ObjectStore, dataset_uri: str, settings: TrainSettings, environment: TrainerSettings) -> Result:
    """Train a classifier, or find the run that these data and settings already made.

    Raises:
        NothingNewError: if that run was judged and promoted or rejected already.
    """
    dataset = load_document(store, dataset_uri, DatasetManifest)
    weights = find_weights(environment, settings.architecture)
    name = run_id(dataset.dataset_id, settings, weights.origin)
    key = keys.manifest(keys.run(name))
    if store.head(key) is not None:
        return _earlier_result(store, environment.model, read_document(store, key, RunManifest))
    say(f"run {name}: dataset {dataset.dataset_id}, starting from {weights.origin.name}")
    checkpoints = Checkpoints(store, name)
    with TemporaryDirectory() as local:
        listeners: list[Listener] = [TensorBoard(Path(local) / LOGS_FOLDER)]
        if environment.tensorboard is not None:
            listeners.append(TensorBoard(environment.tensorboard / name))
        if uri := environment.mlflow_tracking_uri:
            listeners.append(MlflowTracking(uri, name, dataset.dataset_id, settings))
        score = _fit(
            store,
            dataset,
            settings,
            weights,
            Path(local),
            checkpoints=checkpoints,
            environment=environment,
            listeners=listeners,
        )

        def manifest(files: tuple[FileEntry, ...]) -> RunManifest:
            return RunManifest(
                run_id=name,
                created_at=utc_now(),
                dataset=dataset_uri,
                dataset_id=dataset.dataset_id,
                synthetic=dataset.synthetic,
                notice=dataset.notice,
                classes=dataset.classes,
                settings=settings,
                weights=weights.origin,
                validation_macro_f1=score,
                files=files,
            )

        publish_folder(store, keys.run(name), Path(local), manifest)
    checkpoints.clear()
    return _result(store, name, score)


def run_id(dataset_id: str, settings: TrainSettings, weights: StartingWeights) -> str:
    """The name of a run: a hash of everything that decides what comes out."""
    identity = f"{dataset_id}\n{settings.model_dump_json()}\n{weights.sha256}\n"
    return hashlib.sha256(identity.encode()).hexdigest()[:16]


def _earlier_result(store: ObjectStore, model: str, run: RunManifest) -> Result:
    result = _result(store, run.run_id, run.validation_macro_f1)
    judged = keys.evaluation(run.run_id)
    if store.head(judged) is not None:
        version = read_document(store, judged, Evaluation).version
        if is_settled(read_channels(store, model), version):
            msg = f"nothing new: run {run.run_id} was trained on this dataset and judged already"
            raise NothingNewError(msg, result)
    say(f"run {run.run_id} was trained already")
    return result


def _result(store: ObjectStore, name: str, validation_macro_f1: float) -> Result:
    uri = store.uri(keys.manifest(keys.run(name)))
    return {"run": uri, "run_id": name, "validation_macro_f1": validation_macro_f1}


def _fit(
    store: ObjectStore,
    dataset: DatasetManifest,
    settings: TrainSettings,
    weights: Weights,
    folder: Path,
    *,
    checkpoints: Checkpoints,
    environment: TrainerSettings,
    listeners: Sequence[Listener],
) -> float:
    """Train, or go on after an interruption, and write the run's files into `folder`; the validation macro-F1."""
    classes = [each.name for each in dataset.classes]
    items = load_items(store, dataset)
    source = FeatureSource(store, settings, weights, environment)
    with TemporaryDirectory() as scratch:
        train, validation = (
            source.features([i for i in items if i.split is split], classes, copies, Path(scratch) / split.value)
            for split, copies in ((Split.TRAIN, settings.augmentations), (Split.VALIDATION, 0))
        )
        standing = checkpoints.load()
        if standing is not None:
            say(f"going on after epoch {standing.epoch} of {standing.phase}")
        journal = Journal(folder, listeners, standing.epochs if standing is not None else ())
        if standing is None or standing.phase == HeadPhase.name:
            phase = HeadPhase(train, validation, classes, settings)
            standing = run_phase(phase, validation.labels, journal, checkpoints, standing)
        if settings.fine_tune_epochs:
            say("loading TensorFlow")
            # it takes seconds, and a training of the head alone doesn't need it
            from trainer.fit.fine_tune import FineTuning, training_scope  # noqa: PLC0415
            from trainer.network.backbone import arrays_of  # noqa: PLC0415

            with training_scope(deterministic=settings.deterministic, seed=settings.seed) as xla:
                tuning = FineTuning(train, validation, standing.best, weights, settings, xla=xla)
                standing = run_phase(tuning, validation.labels, journal, checkpoints, standing)
                tuning.restore(standing.best)
                train = tuning.tuned(train, Path(scratch) / "tuned-train")
                validation = tuning.tuned(validation, Path(scratch) / "tuned-validation")
                backbone: Arrays = arrays_of(tuning.backbone)
        else:
            backbone = _untuned_backbone(weights, settings)
        journal.close()
        drawn = np.sort(np.random.default_rng(settings.seed).permutation(len(train.labels))[:KEPT_TRAIN_IMAGES])
        head = TrainedHead(
            kernel=standing.best[KERNEL],
            bias=standing.best[BIAS],
            prototypes=unit(train.class_means(len(classes))),
            validation_embeddings=validation.unaltered,
            validation_labels=validation.labels,
            train_embeddings=train.embeddings(drawn * train.copies),
            train_labels=train.labels[drawn],
        )
        write_run(folder, backbone, head)
    score = standing.best_rank[0]
    say(f"best validation macro-F1: {score:.3f}")
    return score


def _untuned_backbone(weights: Weights, settings: TrainSettings) -> Arrays:
    if weights.arrays is not None:
        return weights.arrays
    from trainer.network.backbone import arrays_of, build_backbone  # noqa: PLC0415

    return arrays_of(build_backbone(None, settings.seed, architecture=settings.architecture))
