"""The frozen part of the network, which makes a row of features of each picture.

A row is the picture's embedding and, where top blocks will be tuned, the maps at the cut. On a CPU the frozen part runs
in LiteRT, several times faster there than in TensorFlow: it is converted once for all runs with these weights, and kept
on this machine beside them. On a GPU it runs in TensorFlow.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.run import StartingWeights, TrainSettings
from contracts.steps import say
from imaging import INPUT_SIDE_PX, PREPROCESSING
from inference import SIGNATURE, InterpreterPool
from trainer.network.architectures import ARCHITECTURES, MAP_SIDE
from trainer.network.augment import ALTERATIONS
from trainer.network.feature_cache import Halves
from trainer.network.weights import Weights
from trainer.settings import Engine

SUFFIX = ".tflite"
EDITION = 1
"""Raised when rows come to mean something else."""
EMBEDDING, MAPS = "embedding", "maps"
"""Names of the outputs, in the order in which they stand in a row."""

Pixels = npt.NDArray[np.uint8]
Extract = Callable[[Pixels], Halves]
"""uint8 [N, 224, 224, 3] → float16 [N, W]; called by several threads at once."""

NVIDIA_DEVICE = Path("/dev/nvidia0")


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
    """The graph from `pixels`, uint8 [N, 224, 224, 3], to a row's parts: `embedding` [N, D], `maps` [N, 7, 7, C]."""
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
    """
    for path in sorted(folder.glob(f"{name}-*{SUFFIX}")):
        if path == _path_of(name, folder, path.read_bytes()):
            return path
        say(f"making the extractor again: {path} is damaged")
        path.unlink(missing_ok=True)
    say("converting the frozen part of the network to LiteRT, once for these weights on this machine")
    from trainer.export.litert import litert  # noqa: PLC0415

    content = litert(row_graph(settings, weights))
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix=".", suffix=SUFFIX, delete=False) as file:
        file.write(content)
    return Path(file.name).replace(_path_of(name, folder, content))


def _path_of(name: str, folder: Path, content: bytes) -> Path:
    return folder / f"{name}-{hashlib.sha256(content).hexdigest()[:16]}{SUFFIX}"


def choose_engine(asked: Engine) -> Engine:
    """`litert` or `tensorflow`; `auto` takes TensorFlow where it sees a GPU, without loading it where there is none."""
    if asked != "auto":
        return asked
    if not NVIDIA_DEVICE.exists():
        return "litert"
    from trainer.network.tensorflow import tf  # noqa: PLC0415

    return "tensorflow" if tf.config.list_physical_devices("GPU") else "litert"


@contextmanager
def open_engine(engine: Engine, settings: TrainSettings, weights: Weights, cache: Path) -> Iterator[Extract]:
    """Load the frozen part; random weights leave nothing in the folder `cache`."""
    if engine == "tensorflow":
        yield _tensorflow(settings, weights)
        return
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) if weights.arrays is None else cache / "extractors"
        path = extractor_file(extractor_name(settings, weights.origin, engine), settings, weights, folder)
        with InterpreterPool(path, SIGNATURE) as pool:
            yield lambda pixels: _litert(pool, pixels)


def _litert(pool: InterpreterPool, pixels: Pixels) -> Halves:
    """One picture after the other, spread over the pool's cores; batches wouldn't be faster on a CPU."""
    futures: list[Future[Halves]] = [pool.submit(_row, pixels=picture[np.newaxis]) for picture in pixels]
    return np.concatenate([future.result() for future in futures])


def _tensorflow(settings: TrainSettings, weights: Weights) -> Extract:
    from trainer.network.tensorflow import tf  # noqa: PLC0415

    pixels = tf.TensorSpec([None, INPUT_SIDE_PX, INPUT_SIDE_PX, 3], tf.uint8)
    graph = tf.function(row_graph(settings, weights), input_signature=[pixels])
    return lambda pixels: _row({name: part.numpy() for name, part in graph(tf.constant(pixels)).items()})


def _row(outputs: Mapping[str, Any]) -> Halves:
    parts = [outputs[name] for name in (EMBEDDING, MAPS) if name in outputs]
    return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1).astype(np.float16)
