"""Starting weights for tests that download nothing: random ones whose normalisation was fitted to colours.

Plain random ones let hardly any difference between two pictures through.
"""

from pathlib import Path

import h5py
import numpy as np

from contracts.run import ArchitectureName
from trainer.network.backbone import empty_network
from trainer.network.tensorflow import keras


def write_colour_weights(path: Path, architecture: ArchitectureName = "MobileNetV2") -> None:
    """Write a network's weights as an HDF5 file."""
    keras.utils.set_random_seed(0)
    network = empty_network(architecture)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    colours = np.random.default_rng(0).uniform(-1, 1, size=(16, 7, 7, 3)).astype(np.float32)
    network(colours.repeat(32, axis=1).repeat(32, axis=2), training=True)
    with h5py.File(path, "w") as file:
        for layer in network.layers:
            for weight in layer.weights:
                file[f"{layer.name}/{weight.name}"] = np.asarray(weight)
