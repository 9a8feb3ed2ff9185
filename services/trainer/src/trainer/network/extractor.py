"""What a row of features is: the embedding of a picture and, where top blocks will be tuned, the maps at the cut.

The frozen part that makes them is converted to LiteRT once for all runs with these weights, and kept on this machine
beside them.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from contracts.run import StartingWeights, TrainSettings
from contracts.steps import say
from imaging import PREPROCESSING
from trainer.network.architectures import ARCHITECTURES, MAP_SIDE
from trainer.network.augment import ALTERATIONS
from trainer.network.weights import Weights

SUFFIX = ".tflite"
EDITION = 1
"""Raised when rows come to mean something else."""
EMBEDDING, MAPS = "embedding", "maps"
"""Names of the outputs, in the order in which they stand in a row."""


def extractor_name(settings: TrainSettings, weights: StartingWeights, engine: str) -> str:
    """Names a cache of features: a hash of all that decides what a row holds but the picture."""
    start = weights.sha256 or f"random {settings.seed}"
    tuned = settings.fine_tune_epochs > 0
    parts = (EDITION, settings.architecture, start, tuned, ALTERATIONS, PREPROCESSING, engine)
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]


def row_width(settings: TrainSettings) -> int:
    """Values in a row."""
    chosen = ARCHITECTURES[settings.architecture]
    return chosen.width + (MAP_SIDE**2 * chosen.cut_channels if settings.fine_tune_epochs else 0)


def row_graph(settings: TrainSettings, weights: Weights) -> Callable[[Any], dict[str, Any]]:
    """The graph from `pixels`, uint8 [N, 224, 224, 3], to a row's parts: `embedding` [N, D], `maps` [N, 7, 7, C].

    Raises:
        WrongWeightsError: if the weights don't fit the network.
    """
    # these import TensorFlow, which takes seconds, and isn't needed where all features are there
    from trainer.network.backbone import build_backbone, with_cut  # noqa: PLC0415
    from trainer.network.tensorflow import tf  # noqa: PLC0415

    backbone = build_backbone(weights.arrays, settings.seed, architecture=settings.architecture)
    both = with_cut(backbone, settings.architecture) if settings.fine_tune_epochs else None

    def graph(pixels: Any) -> dict[str, Any]:
        values = tf.cast(pixels, tf.float32)
        if both is None:
            return {EMBEDDING: tf.reduce_mean(backbone(values, training=False), axis=[1, 2])}
        maps, final = both(values, training=False)
        return {EMBEDDING: tf.reduce_mean(final, axis=[1, 2]), MAPS: maps}

    return graph


def extractor_file(name: str, settings: TrainSettings, weights: Weights, folder: Path) -> Path:
    """The LiteRT file of the frozen part in `folder`: one that was made before, or a new one.

    A file's name ends with the start of its SHA-256, so that a damaged one is noticed and made again.

    Raises:
        WrongWeightsError: if the weights don't fit the network.
    """
    for path in sorted(folder.glob(f"{name}-*{SUFFIX}")):
        if path == _named_after(name, folder, path.read_bytes()):
            return path
        say(f"making the extractor again: {path} is damaged")
        path.unlink(missing_ok=True)
    say("converting the frozen part of the network to LiteRT, once for these weights on this machine")
    from trainer.export.export import litert  # noqa: PLC0415

    content = litert(row_graph(settings, weights))
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix=".", suffix=SUFFIX, delete=False) as file:
        file.write(content)
    return Path(file.name).replace(_named_after(name, folder, content))


def _named_after(name: str, folder: Path, content: bytes) -> Path:
    return folder / f"{name}-{hashlib.sha256(content).hexdigest()[:16]}{SUFFIX}"
