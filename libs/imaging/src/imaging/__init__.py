"""Preprocessing, defined once: the bytes of a photo in, the pixels that every model sees out.

`read_pixels` is what the trainer, the gateway, the embedded model server and `predict.py` call.
"""

from imaging.decode import (
    DEFAULT_LIMITS,
    ImageFacts,
    ImageRefusedError,
    Limits,
    Reason,
    decoding_bytes,
    inspect,
    read_pixels,
    require_decodable,
    to_pixels,
    upright_rgb,
)
from imaging.golden import golden_pixels
from imaging.size import INPUT_SIDE_PX, PREPROCESSING

__all__ = [
    "DEFAULT_LIMITS",
    "INPUT_SIDE_PX",
    "PREPROCESSING",
    "ImageFacts",
    "ImageRefusedError",
    "Limits",
    "Reason",
    "decoding_bytes",
    "golden_pixels",
    "inspect",
    "read_pixels",
    "require_decodable",
    "to_pixels",
    "upright_rgb",
]
