"""What runs the frozen part: LiteRT on a CPU, several times faster there than TensorFlow, or TensorFlow on a GPU."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.run import TrainSettings
from inference import SIGNATURE, InterpreterPool
from trainer.network.extractor import EMBEDDING, MAPS, extractor_file, extractor_name, row_graph
from trainer.network.row_file import Halves
from trainer.network.weights import Weights
from trainer.settings import Engine

Pixels = npt.NDArray[np.uint8]
Extract = Callable[[Pixels], Halves]
"""uint8 [N, 224, 224, 3] → float16 [N, W]; called by several threads at once."""

NVIDIA_DEVICE = Path("/dev/nvidia0")


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
    """Load the frozen part.

    Args:
        engine: as `choose_engine` says.
        settings: architecture, seed, whether top blocks will be tuned.
        weights: its weights.
        cache: folder that keeps what was downloaded and converted on this machine; random weights leave nothing there.

    Raises:
        WrongWeightsError: if the weights don't fit the network.
    """
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

    graph = tf.function(row_graph(settings, weights), input_signature=[tf.TensorSpec([None, 224, 224, 3], tf.uint8)])
    return lambda pixels: _row({name: part.numpy() for name, part in graph(tf.constant(pixels)).items()})


def _row(outputs: Mapping[str, Any]) -> Halves:
    parts = [outputs[name] for name in (EMBEDDING, MAPS) if name in outputs]
    return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1).astype(np.float16)
