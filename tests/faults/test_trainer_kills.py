"""A training that is killed at any moment and started again gives the model of one that was left in peace."""

import asyncio
import json
import os
import random
import sys
import uuid
from asyncio.subprocess import PIPE, STDOUT, Process
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from contracts import keys
from contracts.dataset import DatasetManifest, Split
from contracts.run import RunManifest
from contracts.steps import RESULT_PREFIX
from imaging import read_pixels
from objectstore import ObjectStore, load_document, read_document
from stack.seaweedfs import SeaweedFS
from support.colour_weights import write_colour_weights
from support.drawn_source import patients, put_snapshot
from support.scraping import store_environment
from trainer.data.datasets import load_items
from trainer.data.prepare import prepare
from trainer.fit.run_folder import TrainedHead, load_run
from trainer.judge.metrics import confusion_of, macro_f1
from trainer.network.backbone import build_backbone
from trainer.network.weights import Arrays

TRAINER = Path(sys.executable).with_name("trainer")
MOMENTS = (
    ("train: features", 0.3),
    ("validation: features", 1.0),
    ("loading TensorFlow", 1.0),
    ("fine-tuning, epoch", 0.3),
    ("fine-tuning, epoch", 0.3),
)
"""A line, and how many seconds later at most the kill comes: the head's 20 epochs take half a second."""


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backbone that passes colours on."""
    path = tmp_path_factory.mktemp("weights") / "colours.h5"
    write_colour_weights(path)
    return path


@pytest.mark.faults
@pytest.mark.timeout(1800)
async def test_five_kills_at_random_moments_change_nothing(s3_server: SeaweedFS, weights: Path, tmp_path: Path) -> None:
    dice = random.Random(5)
    calm, killed = (_store(s3_server) for _ in range(2))
    process = await _started(calm, _dataset(calm), weights, tmp_path)
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    undisturbed = _result(calm, out.decode())

    dataset, seen = _dataset(killed), []
    for moment, latest_s in MOMENTS:
        process = await _started(killed, dataset, weights, tmp_path)
        assert process.stdout is not None
        async for line in process.stdout:
            seen.append(line.decode().strip())
            if moment in seen[-1]:
                break
        await asyncio.sleep(dice.uniform(0.0, latest_s))
        assert process.returncode is None, "it ended before it could be killed:\n" + "\n".join(seen)
        process.kill()
        await process.communicate()
        published = [info.key for info in killed.walk("runs/") if info.key.endswith("/manifest.json")]
        assert not published, "half a run was published"
    process = await _started(killed, dataset, weights, tmp_path)
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    disturbed = _result(killed, out.decode())
    assert any(line.startswith("going on after epoch") for line in [*seen, *out.decode().splitlines()])
    print("\n".join(line for line in seen if line.startswith(("going on", "train: features"))))

    _same(undisturbed[0], disturbed[0])
    for name in TrainedHead.__dataclass_fields__:
        np.testing.assert_allclose(getattr(undisturbed[1], name), getattr(disturbed[1], name), atol=1e-3, err_msg=name)
    scores = [_test_macro_f1(calm, undisturbed), _test_macro_f1(killed, disturbed)]
    assert scores[0] > 0.5, "so poor a model's score says little"
    assert scores[1] == pytest.approx(scores[0], abs=0.01)
    assert not list(killed.walk(f"runs/{disturbed[2].run_id}/checkpoints/")), "checkpoints stayed behind"


def _store(server: SeaweedFS) -> ObjectStore:
    store = ObjectStore(server.settings(f"test-{uuid.uuid4().hex[:12]}"))
    store.ensure_bucket()
    return store


def _dataset(store: ObjectStore) -> str:
    return str(prepare(store, [put_snapshot(store, patients(20, shots=2))], 0)["dataset"])


async def _started(store: ObjectStore, dataset: str, weights: Path, folder: Path) -> Process:
    environment = {
        **os.environ,
        **store_environment(store.settings, folder),
        "ACNEFLOW_WEIGHTS": str(weights),
    }
    arguments = ("train", "--dataset", dataset, "--epochs", "20", "--fine-tune-epochs", "20", "--deterministic")
    return await asyncio.create_subprocess_exec(TRAINER, *arguments, stdout=PIPE, stderr=STDOUT, env=environment)


def _result(store: ObjectStore, output: str) -> tuple[Arrays, TrainedHead, RunManifest]:
    result = json.loads(output.splitlines()[-1].removeprefix(RESULT_PREFIX))
    run = read_document(store, keys.manifest(keys.run(result["run_id"])), RunManifest)
    with TemporaryDirectory() as folder:
        arrays, head = load_run(store, run, Path(folder))
    return arrays, head, run


def _test_macro_f1(store: ObjectStore, trained: tuple[Arrays, TrainedHead, RunManifest]) -> float:
    """Of the held-out images, by the tuned backbone and its head."""
    arrays, head, run = trained
    dataset = load_document(store, run.dataset, DatasetManifest)
    tests = [item for item in load_items(store, dataset) if item.split is Split.TEST]
    pixels = np.stack([read_pixels(store.get(item.key).body) for item in tests])
    maps = build_backbone(arrays).predict(pixels.astype(np.float32), verbose=0)
    predicted = (maps.mean(axis=(1, 2)) @ head.kernel + head.bias).argmax(axis=1)
    classes = [each.name for each in run.classes]
    labels = np.array([classes.index(item.label) for item in tests])
    return float(macro_f1(confusion_of(labels, predicted, len(classes))))


def _same(one: Arrays, other: Arrays) -> None:
    assert one.keys() == other.keys()
    for name, values in one.items():
        np.testing.assert_allclose(values, other[name], atol=1e-4, err_msg=name)
