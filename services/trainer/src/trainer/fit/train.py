"""The step `train`: a dataset in, a finished run out.

Start here, then `weights` (where training starts) and `fit` (what is trained). A training that is killed goes on where
it was when the same command runs again.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from contracts import keys
from contracts.dataset import DatasetManifest
from contracts.manifest import FileEntry, utc_now
from contracts.models.promotion import is_settled
from contracts.run import Evaluation, RunManifest, StartingWeights, TrainSettings
from contracts.steps import NothingNewError, Result, say
from objectstore import ObjectStore, load_document, publish_folder, read_document
from objectstore.channels import read_channels
from trainer.fit.checkpoints import Checkpoints
from trainer.fit.journal import Listener, TensorBoard
from trainer.fit.mlflow_tracking import MlflowTracking
from trainer.fit.run_folder import LOGS_FOLDER
from trainer.fit.training import fit
from trainer.network.weights import find_weights
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
        return _finished(store, environment.model, read_document(store, key, RunManifest))
    say(f"run {name}: dataset {dataset.dataset_id}, starting from {weights.origin.name}")
    checkpoints = Checkpoints(store, name)
    with TemporaryDirectory() as local:
        listeners = list(_listeners(name, dataset.dataset_id, settings, environment, Path(local)))
        score = fit(
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


def _listeners(
    name: str, dataset_id: str, settings: TrainSettings, environment: TrainerSettings, folder: Path
) -> Iterator[Listener]:
    yield TensorBoard(folder / LOGS_FOLDER)
    if environment.tensorboard is not None:
        yield TensorBoard(environment.tensorboard / name)
    if environment.mlflow_tracking_uri:
        yield MlflowTracking(environment.mlflow_tracking_uri, name, dataset_id, settings)


def run_id(dataset_id: str, settings: TrainSettings, weights: StartingWeights) -> str:
    """The name of a run: a hash of everything that decides what comes out."""
    identity = f"{dataset_id}\n{settings.model_dump_json()}\n{weights.sha256}\n"
    return hashlib.sha256(identity.encode()).hexdigest()[:16]


def _finished(store: ObjectStore, model: str, run: RunManifest) -> Result:
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
