"""Preprocessing, defined once: the bytes of a photo in, the pixels that every model sees out.

`read_pixels` is what the trainer, the gateway, the embedded model server and `predict.py` call. Pillow and numpy are
imported when something is first decoded: they take a tenth of a second, which whoever decodes nothing is spared.
`formats` lists what is read.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from imaging.limits import (
    DEFAULT_LIMITS,
    INPUT_SIDE_PX,
    PREPROCESSING,
    ImageFacts,
    ImageRefusedError,
    Limits,
    Reason,
)

if TYPE_CHECKING:
    from imaging.decode import decoding_bytes, inspect, read_pixels, require_decodable, to_pixels, upright_rgb
    from imaging.pixels import golden_pixels, mean_luma

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
    "mean_luma",
    "read_pixels",
    "require_decodable",
    "to_pixels",
    "upright_rgb",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "pixels" if name in {"golden_pixels", "mean_luma"} else "decode"
    return getattr(import_module(f"{__name__}.{home}"), name)
