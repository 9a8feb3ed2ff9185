"""The gate on real exports: what is better goes into production; what is worse, learnt nothing or is broken doesn't."""

import random
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from contracts import keys
from contracts.models.channels import Channels
from contracts.run import Evaluation, RunManifest, TrainSettings
from contracts.steps import NothingNewError, Result
from objectstore import ObjectStore, load_document, publish_folder, read_document
from stack.seaweedfs import SeaweedFS
from support.colour_weights import write_colour_weights
from support.drawn_source import patients, put_snapshot
from trainer.data.prepare import prepare
from trainer.errors import TrainerError
from trainer.export.export import export
from trainer.fit.run_folder import TrainedHead, load_run, write_run
from trainer.fit.train import train
from trainer.judge.evaluate import evaluate
from trainer.publish.promotion import promote
from trainer.settings import TrainerSettings

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

SETTINGS = TrainSettings(architecture="MobileNetV3Small", epochs=15, augmentations=1)
OVERLOOKED = 0.45
"""Share of one class' validation images that the weak head takes for another class."""
VARIABLES = "saved_model/variables/variables.data-00000-of-00001"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> TrainerSettings:
    path = tmp_path_factory.mktemp("weights") / "colours.h5"
    write_colour_weights(path, SETTINGS.architecture)
    return TrainerSettings(weights=str(path))


@pytest.fixture(scope="module")
def store(s3_server: SeaweedFS) -> ObjectStore:
    store = ObjectStore(s3_server.settings(f"test-{uuid.uuid4().hex[:12]}"))
    store.ensure_bucket()
    return store


@pytest.fixture(scope="module")
def good(store: ObjectStore, environment: TrainerSettings) -> str:
    """The URI of a run that learnt all there is to learn."""
    dataset = prepare(store, [put_snapshot(store, patients(40, shots=2))], 0)
    return str(train(store, str(dataset["dataset"]), SETTINGS, environment)["run"])


@pytest.fixture(scope="module")
def promoted(store: ObjectStore, good: str, environment: TrainerSettings) -> list[Result]:
    """A weak version went into production, then the good one came."""
    weak = weakened(store, good, "weak")
    return [promote(store, str(evaluate(store, run, environment)["evaluation"])) for run in (weak, good)]


def test_a_better_version_is_promoted(store: ObjectStore, good: str, promoted: list[Result]) -> None:
    assert [result["promoted"] for result in promoted] == [True, True]
    assert channels(store).production == 2
    judged = evaluation_of(store, good)
    assert judged.comparison is not None
    assert judged.comparison.version == 1
    assert judged.comparison.difference.value > 0.1


@pytest.mark.usefixtures("promoted")
def test_a_worse_one_isnt_and_production_stays(store: ObjectStore, good: str, environment: TrainerSettings) -> None:
    result = evaluate(store, weakened(store, good, "weak-again"), environment)
    judged = read_document(store, keys.evaluation("weak-again"), Evaluation)
    failed = [check for check in judged.checks if not check.passed]
    assert [check.name for check in failed] == ["no_worse_than_production"]
    assert "that of version 2 in production is" in failed[0].message
    with pytest.raises(NothingNewError, match="rejected"):
        promote(store, str(result["evaluation"]))
    assert channels(store).production == 2


def test_shuffled_labels_are_rejected(s3_server: SeaweedFS, environment: TrainerSettings) -> None:
    elsewhere = ObjectStore(s3_server.settings(f"test-{uuid.uuid4().hex[:12]}"))
    elsewhere.ensure_bucket()
    photos = patients(40, shots=2)
    names = sorted({photo.group for photo in photos})
    labels = [name.rpartition("-")[0] for name in names]
    random.Random(0).shuffle(labels)
    label_of = dict(zip(names, labels, strict=True))
    shuffled = [replace(photo, label=label_of[photo.group]) for photo in photos]
    dataset = prepare(elsewhere, [put_snapshot(elsewhere, shuffled)], 0)
    run = train(elsewhere, str(dataset["dataset"]), SETTINGS, environment)
    result = evaluate(elsewhere, str(run["run"]), environment)
    assert not result["accepted"]
    failed = {check.name for check in evaluation_of(elsewhere, str(run["run"])).checks if not check.passed}
    assert failed >= {"macro_f1_floor", "better_than_chance"}
    with pytest.raises(NothingNewError, match="rejected"):
        promote(elsewhere, str(result["evaluation"]))
    assert channels(elsewhere).production is None


def test_a_saved_model_that_cant_be_loaded_never_gets_a_version_number(
    store: ObjectStore, good: str, environment: TrainerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.judge.evaluate.export", then(lambda folder: (folder / VARIABLES).write_bytes(b"")))
    before = versions(store)
    result = evaluate(store, copied(store, good, "no-variables", lambda head: head), environment)
    assert result["version"] is None
    assert not result["accepted"]
    judged = read_document(store, keys.evaluation("no-variables"), Evaluation)
    failed = next(check for check in judged.checks if not check.passed)
    assert failed.name == "golden_predictions"
    assert failed.message.startswith("the SavedModel failed in a process of its own: ")
    assert versions(store) == before


def test_a_litert_file_that_cant_be_run_is_an_error_and_publishes_nothing(
    store: ObjectStore, good: str, environment: TrainerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def truncate(folder: Path) -> None:
        path = folder / "model.tflite"
        path.write_bytes(path.read_bytes()[:1000])

    monkeypatch.setattr("trainer.judge.evaluate.export", then(truncate))
    before = versions(store)
    with pytest.raises(TrainerError, match="the exported file is broken, so nothing is published"):
        evaluate(store, copied(store, good, "truncated", lambda head: head), environment)
    assert versions(store) == before
    assert store.head(keys.evaluation("truncated")) is None


def weakened(store: ObjectStore, run_uri: str, run_id: str) -> str:
    """A run like another, whose head overlooks nearly half of the first class."""

    def weaken(head: TrainedHead) -> TrainedHead:
        first = head.validation_embeddings[head.validation_labels == 0]
        logits = first @ head.kernel + head.bias
        lead = logits[:, 0] - logits[:, 1:].max(axis=1)
        bias = head.bias.copy()
        bias[0] -= np.quantile(lead, OVERLOOKED)
        return replace(head, bias=bias)

    return copied(store, run_uri, run_id, weaken)


def copied(store: ObjectStore, run_uri: str, run_id: str, change: Callable[[TrainedHead], TrainedHead]) -> str:
    run = load_document(store, run_uri, RunManifest)
    with TemporaryDirectory() as original, TemporaryDirectory() as folder:
        arrays, head = load_run(store, run, Path(original))
        write_run(Path(folder), arrays, change(head))
        return publish_folder(
            store,
            keys.run(run_id),
            Path(folder),
            lambda files: run.model_copy(update={"run_id": run_id, "files": files}),
        )


def then(damage: Callable[[Path], Any]) -> Callable[..., None]:
    """An export that is damaged when it is done."""

    def damaged(classifier: Any, folder: Path, **options: Any) -> None:
        export(classifier, folder, **options)
        damage(folder)

    return damaged


def evaluation_of(store: ObjectStore, run_uri: str) -> Evaluation:
    run = load_document(store, run_uri, RunManifest)
    return read_document(store, keys.evaluation(run.run_id), Evaluation)


def channels(store: ObjectStore) -> Channels:
    key = keys.channels("acne")
    return Channels() if store.head(key) is None else read_document(store, key, Channels)


def versions(store: ObjectStore) -> set[str]:
    return {info.key for info in store.walk("models/acne/versions/")}
