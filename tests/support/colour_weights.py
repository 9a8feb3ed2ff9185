"""Starting weights for tests that download nothing: random ones whose normalisation was fitted to colours.

Plain random ones let hardly any difference between two pictures through.
"""

from pathlib import Path

import h5py
import numpy as np

from trainer.tensorflow import keras


def write_colour_weights(path: Path) -> None:
    """Write MobileNetV2's weights as an HDF5 file."""
    keras.utils.set_random_seed(0)
    network = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(224, 224, 3))
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    colours = np.random.default_rng(0).uniform(-1, 1, size=(16, 7, 7, 3)).astype(np.float32)
    network(colours.repeat(32, axis=1).repeat(32, axis=2), training=True)
    with h5py.File(path, "w") as file:
        for layer in network.layers:
            for weight in layer.weights:
                file[f"{layer.name}/{weight.name}"] = np.asarray(weight)
