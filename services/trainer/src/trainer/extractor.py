"""What a row of features is: the embedding of a picture and, where top blocks will be tuned, the maps at the cut.

The frozen part that makes them is converted to LiteRT once for all runs with these weights, and kept in the store.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from contracts import keys
from contracts.manifest import FileEntry
from contracts.run import StartingWeights, TrainSettings
from contracts.steps import say
from imaging import PREPROCESSING
from objectstore import ObjectNotFoundError, ObjectStore, StoreError, read_document
from trainer.architectures import ARCHITECTURES, MAP_SIDE
from trainer.augment import ALTERATIONS
from trainer.weights import Weights

EXTRACTOR_FILE = "extractor.tflite"
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
    from trainer.backbone import build_backbone, with_cut  # noqa: PLC0415
    from trainer.tensorflow import tf  # noqa: PLC0415

    backbone = build_backbone(weights.arrays, settings.seed, architecture=settings.architecture)
    both = with_cut(backbone, settings.architecture) if settings.fine_tune_epochs else None

    def graph(pixels: Any) -> dict[str, Any]:
        values = tf.cast(pixels, tf.float32)
        if both is None:
            return {EMBEDDING: tf.reduce_mean(backbone(values, training=False), axis=[1, 2])}
        maps, final = both(values, training=False)
        return {EMBEDDING: tf.reduce_mean(final, axis=[1, 2]), MAPS: maps}

    return graph


def extractor_file(store: ObjectStore, name: str, settings: TrainSettings, weights: Weights, path: Path) -> None:
    """Put the LiteRT file of the frozen part at `path`: the store's, or a new one, which is then kept there.

    Raises:
        WrongWeightsError: if the weights don't fit the network.
    """
    key = f"{keys.features(name)}/{EXTRACTOR_FILE}"
    try:
        entry = read_document(store, f"{key}.manifest", FileEntry)
        store.download(key, path, sha256=entry.sha256, size=entry.size)
    except (StoreError, ValueError) as error:
        if not isinstance(error, ObjectNotFoundError):
            say(f"making the extractor again: {error}")
        say("converting the frozen part of the network to LiteRT")
        from trainer.export import litert  # noqa: PLC0415

        path.write_bytes(litert(row_graph(settings, weights)))
        store.put(f"{key}.manifest", store.upload(key, path).to_json(), content_type="application/json")
