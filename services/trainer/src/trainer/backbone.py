"""The backbone: MobileNetV2 1.0/224 without its top, from raw pixel values to feature maps."""

from typing import Any

import numpy as np
import numpy.typing as npt

from imaging import INPUT_SIDE_PX
from trainer.errors import WrongWeightsError
from trainer.tensorflow import keras
from trainer.weights import Arrays


def build_backbone(arrays: Arrays | None, seed: int = 0) -> Any:
    """A frozen Keras model, float32 [N, 224, 224, 3] with values 0 to 255 → float32 [N, 7, 7, 1280].

    Args:
        arrays: its weights; None draws random ones.
        seed: of the random weights.

    Raises:
        WrongWeightsError: if an array is missing or has another shape; names it.
    """
    keras.utils.set_random_seed(seed)
    side = (INPUT_SIDE_PX, INPUT_SIDE_PX, 3)
    network = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=side)
    if arrays is not None:
        for name, variable in _variables(network).items():
            variable.assign(_array(arrays, name, tuple(variable.shape)))
    network.trainable = False
    pixels = keras.Input(side)
    return keras.Model(pixels, network(keras.layers.Rescaling(1 / 127.5, offset=-1.0)(pixels)))


def arrays_of(backbone: Any) -> dict[str, npt.NDArray[np.float32]]:
    """The weights of a backbone that `build_backbone` made, under the names it takes them by."""
    network = next(layer for layer in backbone.layers if isinstance(layer, keras.Model))
    return {name: np.asarray(variable) for name, variable in _variables(network).items()}


def _variables(network: Any) -> dict[str, Any]:
    return {f"{layer.name}/{variable.name}": variable for layer in network.layers for variable in layer.weights}


def _array(arrays: Arrays, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    if name not in arrays:
        msg = f"the weights hold no {name}; expected those of keras.applications.MobileNetV2 with alpha 1.0"
        raise WrongWeightsError(msg)
    if arrays[name].shape != shape:
        msg = f"the weights' {name} has shape {list(arrays[name].shape)}, expected {list(shape)} (alpha 1.0)"
        raise WrongWeightsError(msg)
    return arrays[name]
