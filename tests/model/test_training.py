"""The parts of a training: the head, its weights by class, the support score and the backbone's weights."""

import json
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from contracts.run import ArchitectureName, TrainSettings
from objectstore import ObjectStore
from support.tiny_model import tiny_classifier
from trainer.errors import WrongWeightsError
from trainer.fit.checkpoints import Checkpoints, Standing
from trainer.fit.epochs import PATIENCE_EPOCHS, run_phase
from trainer.fit.head import BIAS, KERNEL, HeadPhase, class_weights
from trainer.fit.journal import Epoch, Journal
from trainer.fit.run_folder import HISTORY_FILE
from trainer.network.architectures import ARCHITECTURES
from trainer.network.backbone import arrays_of, build_backbone, empty_network
from trainer.network.features import Features, Rows
from trainer.network.support import support, unit
from trainer.network.tensorflow import tf
from trainer.network.weights import digest, read_hdf5

CLASSES = ("a", "b", "c")


def clusters(path: Path, per_class: int, *, seed: int, noise: float = 0.4) -> Features:
    """Embeddings around three corners of a space of 16 dimensions."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), per_class)
    embeddings = np.abs(np.eye(16)[labels] * 2 + rng.normal(scale=noise, size=(len(labels), 16)))
    rows = Rows(path / f"{seed}-{per_class}-{noise}", len(labels), 16)
    rows.write(0, embeddings.astype(np.float16))
    return Features(rows, labels, copies=1, width=16)


def trained(
    store: ObjectStore, folder: Path, *, noise: float = 0.4, **changes: Any
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], Standing]:
    """Kernel and bias of a head, and how its training went."""
    settings = TrainSettings(**{"epochs": 40, "learning_rate": 0.02, **changes})
    validation = clusters(folder, 10, seed=1, noise=noise)
    phase = HeadPhase(clusters(folder, 40, seed=0), validation, CLASSES, settings)
    checkpoints = Checkpoints(store, uuid.uuid4().hex)
    standing = run_phase(phase, validation.labels, Journal(folder, ()), checkpoints, None)
    return standing.best[KERNEL], standing.best[BIAS], standing


def test_the_head_learns_and_keeps_its_best_weights(store: ObjectStore, tmp_path: Path) -> None:
    kernel, bias, standing = trained(store, tmp_path)
    scores = [epoch.validation_macro_f1 for epoch in standing.epochs]
    assert standing.best_rank[0] == max(scores) > 0.9
    unseen = clusters(tmp_path, 50, seed=2)
    assert ((unseen.unaltered @ kernel + bias).argmax(axis=1) == unseen.labels).mean() > 0.9


def test_training_stops_when_nothing_gets_better(store: ObjectStore, tmp_path: Path) -> None:
    _, _, standing = trained(store, tmp_path, noise=20.0, epochs=500)
    assert PATIENCE_EPOCHS < standing.epoch < 500
    assert standing.epoch - standing.best_epoch == PATIENCE_EPOCHS


def test_every_epoch_stands_in_the_history(store: ObjectStore, tmp_path: Path) -> None:
    _, _, standing = trained(store, tmp_path, epochs=3)
    lines = [json.loads(line) for line in (tmp_path / HISTORY_FILE).read_text().splitlines()]
    assert [Epoch(**line) for line in lines] == list(standing.epochs)
    assert [line["epoch"] for line in lines] == [1, 2, 3]


def test_the_same_seed_gives_the_same_head(store: ObjectStore, tmp_path: Path) -> None:
    one, _, _ = trained(store, tmp_path, epochs=5)
    same, _, _ = trained(store, tmp_path, epochs=5)
    other, _, _ = trained(store, tmp_path, epochs=5, seed=1)
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3


def test_rare_classes_weigh_more_but_the_mean_is_one() -> None:
    labels = np.repeat([0, 1], [900, 100])
    weights = class_weights(labels, 2)
    assert weights[1] > 3 * weights[0]
    assert weights[labels].mean() == pytest.approx(1.0)


def test_support_in_the_graph_is_the_one_that_thresholds_are_set_with() -> None:
    classifier = tiny_classifier()
    pixels = np.random.default_rng(0).integers(0, 256, size=(6, 224, 224, 3), dtype=np.uint8)
    out = classifier.outputs(tf.constant(pixels))
    np.testing.assert_allclose(support(out["embedding"].numpy(), classifier.prototypes), out["support"], atol=1e-5)


def test_prototypes_are_the_classes_directions(tmp_path: Path) -> None:
    features = clusters(tmp_path, 200, seed=0, noise=0.01)
    found = unit(features.class_means(3))
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)
    assert support(features.unaltered, found).min() > 0.99
    away = unit(np.eye(16, dtype=np.float32)[10:])
    assert support(away, found).max() < 0.1


@pytest.fixture(scope="module")
def arrays() -> dict[str, npt.NDArray[np.float32]]:
    return arrays_of(build_backbone(None, seed=3))


def test_a_backbone_takes_the_weights_it_gives(arrays: dict[str, npt.NDArray[np.float32]]) -> None:
    assert len(arrays) == 260
    assert digest(arrays_of(build_backbone(arrays))) == digest(arrays)


def test_weights_that_dont_fit_are_refused_by_name(arrays: dict[str, npt.NDArray[np.float32]]) -> None:
    lacking = {name: values for name, values in arrays.items() if name != "Conv_1/kernel"}
    with pytest.raises(WrongWeightsError, match="hold no Conv_1/kernel"):
        build_backbone(lacking)
    with pytest.raises(WrongWeightsError, match=r"Conv_1/kernel has shape \[1, 1\], expected \[1, 1, 320, 1280\]"):
        build_backbone(arrays | {"Conv_1/kernel": np.zeros((1, 1), np.float32)})


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES.keys() - {"MobileNetV2"}))  # which the tests above train
def test_every_architecture_takes_the_weights_of_a_keras_file(architecture: ArchitectureName, tmp_path: Path) -> None:
    network = empty_network(architecture)
    network.save(tmp_path / "weights.h5")
    given = read_hdf5(tmp_path / "weights.h5", architecture)
    backbone = build_backbone(given, architecture=architecture)
    assert digest(arrays_of(backbone)) == digest(given)
    # Keras 2 called V3's layers otherwise; then their order tells them apart
    renamed = {f"old/{number}": values for number, values in enumerate(given.values())}
    assert digest(arrays_of(build_backbone(renamed, architecture=architecture))) == digest(given)
    with pytest.raises(WrongWeightsError, match=f"expected those of keras.applications' {architecture}"):
        build_backbone({}, architecture=architecture)
