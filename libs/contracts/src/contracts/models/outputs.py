"""What a model takes and gives out: tensors by name, type and shape, and the signatures that join them.

The one place that says so: the export builds its graphs by it, both model servers' descriptions come from it, and the
gateway asks by its names. A further output is added here, to `OUTPUTS`, and to the graph in the trainer's classifier.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Size(StrEnum):
    """A size that isn't the same for every model and call."""

    IMAGES = "N"
    SIDE = "side"
    """`input_size` of the version's `model.json`."""
    CLASSES = "K"
    EMBEDDING = "D"


Shape = tuple[Size | int, ...]
DType = Literal["uint8", "float32", "string"]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output."""

    name: str
    dtype: DType
    shape: Shape
    optional: bool = False
    """Versions that were published before the output existed lack it, and are served without it."""

    def sizes(self, known: Mapping[Size, int]) -> tuple[int | None, ...]:
        """The shape with the sizes that are known; None stands for any."""
        return tuple(size if isinstance(size, int) else known.get(size) for size in self.shape)


@dataclass(frozen=True, slots=True)
class Signature:
    """What can be asked of a model: one input, N at a time, and what comes out."""

    name: str
    input: Tensor
    outputs: tuple[Tensor, ...]


PHOTOS = Tensor("image_bytes", "string", (Size.IMAGES,))
"""Encoded JPEG or PNG."""
PIXELS = Tensor("pixels", "uint8", (Size.IMAGES, Size.SIDE, Size.SIDE, 3))
"""From `imaging.read_pixels`."""

PROBABILITIES = Tensor("probabilities", "float32", (Size.IMAGES, Size.CLASSES))
"""Calibrated."""
LOGITS = Tensor("logits", "float32", (Size.IMAGES, Size.CLASSES))
EMBEDDING = Tensor("embedding", "float32", (Size.IMAGES, Size.EMBEDDING))
SUPPORT = Tensor("support", "float32", (Size.IMAGES,))
"""How much an image looks like what the model was trained on."""
HEATMAP = Tensor("heatmap", "float32", (Size.IMAGES, 7, 7))
"""Class activation map of the top class, 0 to 1 (Zhou et al., arXiv:1512.04150)."""
CLASSES = Tensor("classes", "string", (Size.CLASSES,))
"""The labels' names: a constant of the graph, which LiteRT files lack and `model.json` has."""

OUTPUTS = (PROBABILITIES, LOGITS, EMBEDDING, SUPPORT, HEATMAP)
"""What is computed for each image; a LiteRT file gives out exactly these."""

ANSWERED = (PROBABILITIES, SUPPORT)
"""What the gateway asks of a version for each photo. Every version that a channel names must have them."""
EXPLAINED = (*ANSWERED, HEATMAP)
"""What it asks where somebody wants to know where the model looked."""

_PREDICTION = (*(tensor for tensor in OUTPUTS if tensor is not HEATMAP), CLASSES)

SERVING_DEFAULT = Signature("serving_default", PHOTOS, _PREDICTION)
PREDICT_PIXELS = Signature("pixels", PIXELS, _PREDICTION)
EXPLAIN = Signature("explain", PIXELS, (*_PREDICTION, HEATMAP))
"""Gives everything, at the cost of any one; LiteRT files have this signature alone."""

SIGNATURES = {signature.name: signature for signature in (SERVING_DEFAULT, PREDICT_PIXELS, EXPLAIN)}
