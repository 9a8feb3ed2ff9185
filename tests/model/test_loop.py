"""From a snapshot to a version in production, by the steps themselves.

The backbone's weights are random ones that pass colours on, so that nothing has to be downloaded.
"""

import re
import shutil
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from contracts import keys
from contracts.dataset import DatasetManifest
from contracts.models.channels import Channels
from contracts.models.version import ModelDescription, VersionManifest
from contracts.run import Evaluation, RunManifest, TrainSettings
from contracts.steps import NothingNewError, Result
from imaging import golden_pixels
from inference import LiteRtModel
from objectstore import ObjectStore, publish_folder, read_document
from stack.seaweedfs import SeaweedFS
from support.colour_weights import write_colour_weights
from support.drawn_source import COLOURS, patients, put_snapshot
from trainer.data.prepare import prepare
from trainer.fit.run_folder import load_run, write_run
from trainer.fit.train import train
from trainer.judge.evaluate import evaluate
from trainer.judge.files import MIN_INT8_AGREEMENT
from trainer.publish.promotion import promote
from trainer.settings import TrainerSettings

pytestmark = pytest.mark.timeout(300)

SETTINGS = TrainSettings(epochs=15, augmentations=1)


@dataclass(frozen=True, slots=True)
class Loop:
    """What the steps said."""

    prepared: Result
    trained: Result
    evaluated: Result
    promoted: Result


@pytest.fixture(scope="module")
def store(s3_server: SeaweedFS) -> ObjectStore:
    store = ObjectStore(s3_server.settings(f"test-{uuid.uuid4().hex[:12]}"))
    store.ensure_bucket()
    return store


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> TrainerSettings:
    """Names weights whose normalisation was fitted to colours; plain random ones let no difference through."""
    path = tmp_path_factory.mktemp("weights") / "colours.h5"
    write_colour_weights(path)
    return TrainerSettings(weights=str(path))


@pytest.fixture(scope="module")
def loop(store: ObjectStore, environment: TrainerSettings) -> Loop:
    prepared = prepare(store, [put_snapshot(store, patients(14, shots=2))], 0)
    trained = train(store, str(prepared["dataset"]), SETTINGS, environment)
    evaluated = evaluate(store, str(trained["run"]), environment)
    return Loop(prepared, trained, evaluated, promote(store, str(evaluated["evaluation"])))


def channels(store: ObjectStore) -> Channels:
    return read_document(store, keys.channels("acne"), Channels)


def description(store: ObjectStore, version: int) -> ModelDescription:
    return read_document(store, f"{keys.version('acne', version)}/model.json", ModelDescription)


def test_the_first_accepted_version_goes_into_production(store: ObjectStore, loop: Loop) -> None:
    assert loop.evaluated["version"] == 1
    assert loop.evaluated["accepted"], loop.evaluated["reasons"]
    assert loop.promoted["promoted"]
    assert channels(store).production == 1
    assert [move.action for move in channels(store).history] == ["candidate", "promote"]


def test_the_description_says_where_the_version_comes_from(store: ObjectStore, loop: Loop) -> None:
    about = description(store, 1)
    dataset = read_document(store, keys.manifest(keys.dataset(str(loop.prepared["dataset_id"]))), DatasetManifest)
    assert about.dataset_id == dataset.dataset_id
    assert about.run_id == loop.trained["run_id"]
    assert [each.name for each in about.classes] == list(COLOURS)
    assert about.synthetic
    assert (about.weights.source, about.weights.name) == ("path", "colours.h5")
    assert about.metrics.test_images == loop.prepared["test"]
    assert about.libraries.keys() >= {"tensorflow", "keras", "python"}


def test_what_was_published_serves_and_proves_itself(store: ObjectStore, loop: Loop, tmp_path: Path) -> None:
    base = keys.version("acne", 1)
    manifest = read_document(store, keys.manifest(base), VersionManifest)
    for entry in manifest.files:
        store.download(f"{base}/{entry.path}", tmp_path / entry.path, sha256=entry.sha256, size=entry.size)
    with LiteRtModel(tmp_path) as model:
        found = model.predict(golden_pixels()).probabilities
        np.testing.assert_allclose(found, model.description.golden, atol=1e-4)
    files = {each.file: each for each in model.description.exports}
    assert set(files) == {"saved_model", "model.tflite", "model.int8.tflite"}
    assert files["model.int8.tflite"].bytes < 0.3 * files["model.tflite"].bytes
    assert files["model.int8.tflite"].agreement >= MIN_INT8_AGREEMENT
    assert {path.name for path in tmp_path.iterdir()} == {
        "saved_model",
        "model.tflite",
        "model.int8.tflite",
        "model.json",
        "model_card.md",
    }


def test_a_run_that_was_judged_isnt_trained_again(store: ObjectStore, loop: Loop, environment: TrainerSettings) -> None:
    with pytest.raises(NothingNewError) as caught:
        train(store, str(loop.prepared["dataset"]), SETTINGS, environment)
    assert caught.value.result == loop.trained


def test_evaluating_again_changes_nothing(store: ObjectStore, loop: Loop, environment: TrainerSettings) -> None:
    before = {info.key: info.etag for info in store.walk("models/")}
    assert evaluate(store, str(loop.trained["run"]), environment) == loop.evaluated
    assert {info.key: info.etag for info in store.walk("models/")} == before


def test_the_report_shows_every_check(store: ObjectStore, loop: Loop) -> None:
    run = keys.run(str(loop.trained["run_id"]))
    report = store.get(f"{run}/report.html").body.decode()
    evaluation = read_document(store, keys.evaluation(str(loop.trained["run_id"])), Evaluation)
    assert "Synthetic data" in report
    assert all(check.name.replace("_", " ") in report for check in evaluation.checks)
    assert all(check.message for check in evaluation.checks)
    for plot in ("reliability diagram, before", "reliability diagram, after", "risk against coverage"):
        assert f'aria-label="{plot}' in report
    for part in ("Confusion", "By skin tone", "When something happens to the picture", "Files", "AUROC of support"):
        assert part in report
    assert all(each.description in report for each in evaluation.robustness)
    assert not re.search(r"(src|href)=", report), "the page loads something"


def test_the_card_says_what_it_was_trained_on_and_what_it_cant_do(store: ObjectStore, loop: Loop) -> None:
    card = store.get(f"{keys.version('acne', 1)}/model_card.md").body.decode()
    for said in ("SYNTHETIC", "Drawn for a test.", "Licence of the images:** none.", str(loop.prepared["dataset_id"])):
        assert said in card
    for heading in ("Results on held-out images", "By skin tone", "Files", "When it gives no answer", "Limits"):
        assert f"## {heading}" in card


@pytest.fixture(scope="module")
def rejected(store: ObjectStore, loop: Loop, environment: TrainerSettings) -> Result:
    """The evaluation of a run that learnt nothing."""
    return evaluate(store, sabotaged(store, loop, "learnt-nothing"), environment)


def test_a_run_that_learnt_nothing_is_published_but_rejected_against_production(
    store: ObjectStore, rejected: Result
) -> None:
    assert not rejected["accepted"]
    evaluation = read_document(store, keys.evaluation("learnt-nothing"), Evaluation)
    assert evaluation.production_version == 1
    assert evaluation.production_metrics == description(store, 1).metrics
    failed = {check.name for check in evaluation.checks if not check.passed}
    # so few validation images can't talk the temperature out of a head that is always sure
    assert failed == {"macro_f1_floor", "better_than_chance", "no_worse_than_production", "calibration"}
    assert channels(store).candidate == evaluation.version
    with pytest.raises(NothingNewError, match="rejected: macro-F1 is"):
        promote(store, str(rejected["evaluation"]))
    assert (channels(store).production, channels(store).candidate) == (1, None)


def test_an_evaluation_that_was_cut_short_goes_on_under_its_number(
    store: ObjectStore, rejected: Result, environment: TrainerSettings
) -> None:
    manifest = keys.manifest(keys.version("acne", int(str(rejected["version"]))))
    store.delete(keys.evaluation("learnt-nothing"))
    store.delete(manifest)
    history = channels(store).history
    run = store.uri(keys.manifest(keys.run("learnt-nothing")))
    assert evaluate(store, run, environment) == rejected
    assert store.head(manifest) is not None
    assert channels(store).history == history


def sabotaged(store: ObjectStore, loop: Loop, run_id: str) -> str:
    """A run like the loop's whose head always answers the same; returns its URI."""
    key = keys.manifest(keys.run(str(loop.trained["run_id"])))
    run = read_document(store, key, RunManifest)
    with TemporaryDirectory() as local:
        folder = Path(local)
        arrays, head = load_run(store, run, folder / "original")
        shutil.rmtree(folder / "original")
        bias = np.array([5.0, 0.0, 0.0], np.float32)
        write_run(folder, arrays, replace(head, kernel=np.zeros_like(head.kernel), bias=bias))
        return publish_folder(
            store,
            keys.run(run_id),
            folder,
            lambda files: run.model_copy(update={"run_id": run_id, "files": files}),
        )
