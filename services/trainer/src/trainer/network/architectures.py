"""The backbones that a setting chooses from, and where each is cut into a frozen part and tunable top blocks.

All take values scaled to -1 to 1 and end in 7×7 maps; what tells them apart stands here alone. Needs no TensorFlow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.run import ArchitectureName

MAP_SIDE = 7


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network of `keras.applications`, without its top."""

    application: str
    """Its name in `keras.applications`."""
    width: int
    """Values of an embedding."""
    cut: str
    """The last layer of the frozen part. It stands behind the last halving of the maps, where they are smallest."""
    cut_channels: int
    """Channels of the 7×7 maps there."""
    options: Mapping[str, object] = field(default_factory=dict)


_PLAIN = {"include_preprocessing": False}
"""Scaling is done before the network, by us, for all of them."""

ARCHITECTURES: Mapping[ArchitectureName, Architecture] = {
    "MobileNetV1": Architecture("MobileNet", 1024, "conv_dw_12_relu", 512),
    "MobileNetV2": Architecture("MobileNetV2", 1280, "block_13_project_BN", 160),
    "MobileNetV3Small": Architecture("MobileNetV3Small", 576, "expanded_conv_8_project_bn", 96, _PLAIN),
    "MobileNetV3Large": Architecture("MobileNetV3Large", 960, "expanded_conv_12_project_bn", 160, _PLAIN),
}
