"""The backbone: a network of `architectures` without its top, from raw pixel values to feature maps."""

from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.run import ArchitectureName
from imaging import INPUT_SIDE_PX
from trainer.errors import WrongWeightsError
from trainer.network.architectures import ARCHITECTURES
from trainer.network.tensorflow import keras
from trainer.network.weights import Arrays

INPUT_SHAPE = (INPUT_SIDE_PX, INPUT_SIDE_PX, 3)
DEFAULT: ArchitectureName = "MobileNetV2"


def build_backbone(arrays: Arrays | None, seed: int = 0, *, architecture: ArchitectureName = DEFAULT) -> Any:
    """A frozen Keras model, float32 [N, 224, 224, 3] with values 0 to 255 → float32 [N, 7, 7, D].

    Scaling is part of it, so that every graph made of it takes plain pixels, whatever the architecture wants. Without
    arrays its weights are random, by the seed; one that is missing or has another shape is a WrongWeightsError.
    """
    keras.utils.set_random_seed(seed)
    network = empty_network(architecture)
    if arrays is not None:
        _assign(network, arrays, architecture)
    network.trainable = False
    pixels = keras.Input(INPUT_SHAPE)
    return keras.Model(pixels, network(keras.layers.Rescaling(1 / 127.5, offset=-1.0)(pixels)))


def empty_network(architecture: ArchitectureName) -> Any:
    """The network without its top, with random weights; it takes values from -1 to 1."""
    chosen = ARCHITECTURES[architecture]
    application = getattr(keras.applications, chosen.application)
    return application(include_top=False, weights=None, input_shape=INPUT_SHAPE, **chosen.options)


def with_cut(backbone: Any, architecture: ArchitectureName) -> Any:
    """The backbone with a second output before the one it has: the maps at the cut, float32 [N, 7, 7, C]."""
    network = network_of(backbone)
    both = keras.Model(network.inputs, [_cut(network, architecture), network.outputs[0]])
    pixels = keras.Input(INPUT_SHAPE)
    return keras.Model(pixels, both(keras.layers.Rescaling(1 / 127.5, offset=-1.0)(pixels)))


def top_blocks(backbone: Any, architecture: ArchitectureName) -> Any:
    """What follows the cut, from the maps there to the backbone's; its layers are the backbone's own."""
    network = network_of(backbone)
    return keras.Model(_cut(network, architecture), network.outputs[0])


def network_of(backbone: Any) -> Any:
    """The network inside a backbone that `build_backbone` made, which takes values already scaled."""
    return next(layer for layer in backbone.layers if isinstance(layer, keras.Model))


def arrays_of(backbone: Any) -> dict[str, npt.NDArray[np.float32]]:
    """The weights of a backbone that `build_backbone` made, under the names it takes them by."""
    return {name: np.asarray(variable) for name, variable in _variables(network_of(backbone)).items()}


def _variables(network: Any) -> dict[str, Any]:
    return {f"{layer.name}/{variable.name}": variable for layer in network.layers for variable in layer.weights}


def _cut(network: Any, architecture: ArchitectureName) -> Any:
    return network.get_layer(ARCHITECTURES[architecture].cut).output


def _assign(network: Any, arrays: Arrays, architecture: ArchitectureName) -> None:
    """By name or, where Keras 2 called layers otherwise, in the order of both, if every shape fits."""
    variables = _variables(network)
    if not variables.keys() <= arrays.keys():
        ordered = list(zip(variables.values(), arrays.values(), strict=False))
        if len(arrays) == len(variables) and all(tuple(own.shape) == given.shape for own, given in ordered):
            for own, given in ordered:
                own.assign(given)
            return
    for name, variable in variables.items():
        variable.assign(_array(arrays, name, tuple(variable.shape), architecture))


def _array(
    arrays: Arrays, name: str, shape: tuple[int, ...], architecture: ArchitectureName
) -> npt.NDArray[np.float32]:
    if name not in arrays:
        msg = (
            f"the weights hold no {name}; expected those of keras.applications' {architecture} with alpha 1.0 and no "
            "top. Name another file in ACNEFLOW_WEIGHTS, or ask for the architecture that it is of"
        )
        raise WrongWeightsError(msg)
    if arrays[name].shape != shape:
        msg = (
            f"the weights' {name} has shape {list(arrays[name].shape)}, expected {list(shape)} "
            f"({architecture}, alpha 1.0)"
        )
        raise WrongWeightsError(msg)
    return arrays[name]
