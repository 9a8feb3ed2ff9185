"""The second phase: top blocks on the maps at the cut, exactly the network that is exported afterwards."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts.run import StartingWeights, TrainSettings
from imaging import INPUT_SIDE_PX
from support.colour_weights import write_colour_weights
from trainer.fit.fine_tune import FineTuning
from trainer.fit.head import BIAS, KERNEL
from trainer.network.architectures import ARCHITECTURES
from trainer.network.backbone import arrays_of, build_backbone, with_cut
from trainer.network.features import Features, Rows
from trainer.network.tensorflow import tf
from trainer.network.weights import Weights, read_hdf5

EPOCHS = 4
SETTINGS = TrainSettings(architecture="MobileNetV3Small", fine_tune_epochs=EPOCHS, fine_tune_learning_rate=1e-3)
WIDTH = ARCHITECTURES[SETTINGS.architecture].width
IMAGES, COPIES, CLASSES = 12, 2, 3


@pytest.fixture(scope="module")
def pixels() -> np.ndarray[Any, np.dtype[np.float32]]:
    """Blobs, reddish, greenish and bluish in turn: what there is to learn."""
    rng = np.random.default_rng(0)
    tints = 165 * np.eye(CLASSES)[np.repeat(np.arange(IMAGES) % CLASSES, COPIES)]
    blobs = rng.integers(0, 90, size=(IMAGES * COPIES, 7, 7, 3)) + tints[:, np.newaxis, np.newaxis]
    side = INPUT_SIDE_PX // 7
    return blobs.astype(np.float32).repeat(side, axis=1).repeat(side, axis=2)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """Weights whose maps differ from picture to picture: from those of plain random ones nothing can be learnt."""
    path = tmp_path_factory.mktemp("weights") / "colours.h5"
    write_colour_weights(path, SETTINGS.architecture)
    origin = StartingWeights(source="path", name=path.name, sha256=None)
    return Weights(read_hdf5(path, SETTINGS.architecture), origin)


@pytest.fixture(scope="module")
def features(pixels: Any, weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> Features:
    """Embeddings and maps as the extractor makes them."""
    backbone = build_backbone(weights.arrays, architecture=SETTINGS.architecture)
    maps, final = with_cut(backbone, SETTINGS.architecture)(pixels)
    row = np.concatenate([final.numpy().mean(axis=(1, 2)), maps.numpy().reshape(len(pixels), -1)], axis=1)
    rows = Rows(tmp_path_factory.mktemp("features") / "rows", *row.shape)
    rows.write(0, row.astype(np.float16))
    return Features(rows, np.arange(IMAGES) % CLASSES, copies=COPIES, width=WIDTH)


def begun(features: Features, weights: Weights) -> FineTuning:
    head = {KERNEL: np.zeros((WIDTH, CLASSES), np.float32), BIAS: np.zeros(CLASSES, np.float32)}
    return FineTuning(features, features, head, weights, SETTINGS, xla=False)


@pytest.fixture(scope="module")
def tuned(features: Features, weights: Weights) -> FineTuning:
    phase = begun(features, weights)
    losses = [phase.train_epoch(epoch) for epoch in range(1, EPOCHS + 1)]
    assert losses[0] > 1.0, "it begins by guessing among three"
    assert losses[-1] < 0.8 * losses[0]
    return phase


def test_the_tuned_network_from_pixels_sees_what_was_trained_from_the_cut(
    tuned: FineTuning, features: Features, pixels: Any, tmp_path: Path
) -> None:
    embedded = tuned.tuned(features, tmp_path / "tuned")
    exported = build_backbone(arrays_of(tuned.backbone), architecture=SETTINGS.architecture)
    expected = exported(pixels).numpy().mean(axis=(1, 2))
    np.testing.assert_allclose(embedded.embeddings(range(embedded.rows.count)), expected, rtol=1e-2, atol=1e-2)
    assert np.abs(expected - features.embeddings(range(features.rows.count))).max() > 0.05


def test_only_top_blocks_learn_and_normalisation_stays(tuned: FineTuning, weights: Weights) -> None:
    before = arrays_of(build_backbone(weights.arrays, architecture=SETTINGS.architecture))
    after = arrays_of(tuned.backbone)
    changed = {name.partition("/")[0] for name in before if (before[name] != after[name]).any()}
    assert {"expanded_conv_9_expand", "expanded_conv_10_project", "conv_1"} <= changed
    assert not any("bn" in name for name in changed)
    assert not any(f"expanded_conv_{block}_" in name for name in changed for block in range(1, 8))


def test_going_on_from_a_state_gives_what_an_undisturbed_training_gives(
    tuned: FineTuning, features: Features, weights: Weights
) -> None:
    interrupted = begun(features, weights)
    interrupted.train_epoch(1)
    state = interrupted.state()
    resumed = begun(features, weights)
    resumed.restore(state)
    for epoch in range(2, EPOCHS + 1):
        resumed.train_epoch(epoch)
    for name, values in tuned.weights().items():
        np.testing.assert_allclose(values, resumed.weights()[name], atol=1e-4, err_msg=name)


SEVERAL_DEVICES = """
from trainer.network.tensorflow import keras, tf
import numpy as np
cpus = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpus[0], [tf.config.LogicalDeviceConfiguration()] * 2)
from trainer.fit.fine_tune import scope
def kernel(devices):
    keras.utils.set_random_seed(0)
    with scope(devices):
        inputs = keras.Input((4,))
        model = keras.Model(inputs, keras.layers.Dense(3)(inputs))
        model.compile(keras.optimizers.AdamW(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
    model.fit(x, np.arange(32) % 3, batch_size=8, epochs=2, shuffle=False, verbose=0)
    return model.get_weights()[0], type(model.optimizer.variables[2]._value).__name__
(one, _), (two, kind) = kernel([]), kernel(["CPU:0", "CPU:1"])
assert kind == "MirroredVariable", kind
np.testing.assert_allclose(one, two, atol=1e-5)
"""


def test_a_training_over_two_devices_gives_what_one_gives() -> None:
    """Logical CPU devices stand in for GPUs: there are none here."""
    assert not tf.config.list_physical_devices("GPU")
    subprocess.run([sys.executable, "-c", SEVERAL_DEVICES], check=True, capture_output=True, timeout=110)
