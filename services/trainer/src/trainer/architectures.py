"""The four backbones that a setting chooses from, and where each is cut into a frozen part and tunable top blocks.

All take values scaled to -1 to 1 and end in 7×7 maps; what tells them apart stands here alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.run import ArchitectureName
from imaging import INPUT_SIDE_PX
from trainer.tensorflow import keras

INPUT_SHAPE = (INPUT_SIDE_PX, INPUT_SIDE_PX, 3)


@dataclass(frozen=True, slots=True)
class Architecture:
    """One of Keras' MobileNets, without its top."""

    network: Callable[[], Any]
    """Makes the Keras model, with random weights."""
    cut: str
    """The last layer of the lower part. It stands behind the last halving of the maps, where they are smallest."""


def _small() -> Any:
    return keras.applications.MobileNetV3Small(
        include_top=False, weights=None, input_shape=INPUT_SHAPE, include_preprocessing=False
    )


def _large() -> Any:
    return keras.applications.MobileNetV3Large(
        include_top=False, weights=None, input_shape=INPUT_SHAPE, include_preprocessing=False
    )


ARCHITECTURES: Mapping[ArchitectureName, Architecture] = {
    "MobileNetV1": Architecture(
        lambda: keras.applications.MobileNet(include_top=False, weights=None, input_shape=INPUT_SHAPE),
        cut="conv_dw_12_relu",
    ),
    "MobileNetV2": Architecture(
        lambda: keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=INPUT_SHAPE),
        cut="block_13_project_BN",
    ),
    "MobileNetV3Small": Architecture(_small, cut="expanded_conv_8_project_bn"),
    "MobileNetV3Large": Architecture(_large, cut="expanded_conv_12_project_bn"),
}
