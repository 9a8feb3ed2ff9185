"""The file in eight bits: what stays in floats, and what XNNPACK needs to run the rest fast."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorflow.lite.tools import flatbuffer_utils as flatbuffers

from contracts.models.version import LITERT_FILE, LITERT_INT8_FILE
from imaging import INPUT_SIDE_PX
from inference import LiteRtClassifier
from support.tiny_model import FILTERS, tiny_classifier
from support.versions import CLASSES
from trainer.export.export import export
from trainer.export.litert import FLOAT_CONVOLUTIONS
from trainer.network.classifier import Classifier
from trainer.network.tensorflow import keras

INTEGER_CONVOLUTIONS = 3
INT32, INT8, FLOAT32 = 2, 9, 0
"""`TensorType` of LiteRT's schema."""


def deep_classifier() -> Classifier:
    """With more convolutions than stay in floats; each mixes eight channels a little."""
    rng = np.random.default_rng(0)
    shallow = tiny_classifier()
    maps = shallow.backbone.outputs[0]
    for _ in range(FLOAT_CONVOLUTIONS + INTEGER_CONVOLUTIONS - 1):
        convolution = keras.layers.Conv2D(FILTERS, 1, activation="relu")
        maps = convolution(maps)
        mixing = np.eye(FILTERS) + rng.uniform(0, 0.02, (FILTERS, FILTERS))
        convolution.set_weights([mixing[np.newaxis, np.newaxis], rng.uniform(0, 0.1, FILTERS)])
    return replace(shallow, backbone=keras.Model(shallow.backbone.inputs, maps))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("int8")
    export(deep_classifier(), folder, sample=pictures(seed=0))
    return folder


@pytest.fixture(scope="module")
def graph(folder: Path) -> Any:
    return _read(folder).subgraphs[0]


def test_only_the_first_convolutions_stay_in_floats(folder: Path, graph: Any) -> None:
    weights = [graph.tensors[operator.inputs[1]].type for operator in _layers(folder, "CONV_2D")]
    assert weights == [FLOAT32] * FLOAT_CONVOLUTIONS + [INT8] * INTEGER_CONVOLUTIONS


def test_every_bias_keeps_its_scales(folder: Path, graph: Any) -> None:
    # they follow from others, so a file without them gives the same answers, by slower code
    layers = [*_layers(folder, "CONV_2D"), *_layers(folder, "FULLY_CONNECTED")]
    biases = [graph.tensors[layer.inputs[2]] for layer in layers if len(layer.inputs) > 2 and layer.inputs[2] >= 0]
    integer = [bias for bias in biases if bias.type == INT32]
    assert len(integer) > INTEGER_CONVOLUTIONS
    for bias in integer:
        assert bias.quantization is not None
        assert bias.quantization.scale is not None
        assert len(bias.quantization.scale) in {1, bias.shape[0]}
        assert np.all(bias.quantization.scale > 0)


def test_it_says_what_the_float_file_says(folder: Path) -> None:
    unseen = pictures(seed=1)
    eight, full = (_predict(folder / file, unseen) for file in (LITERT_INT8_FILE, LITERT_FILE))
    np.testing.assert_allclose(eight, full, atol=0.05)


def pictures(seed: int) -> np.ndarray[tuple[int, int, int, int], np.dtype[np.uint8]]:
    """Twelve of blobs."""
    blobs = np.random.default_rng(seed).integers(0, 256, size=(12, 7, 7, 3), dtype=np.uint8)
    return blobs.repeat(32, axis=1).repeat(32, axis=2)


def _predict(path: Path, pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> np.ndarray[Any, np.dtype[np.float32]]:
    with LiteRtClassifier(path, classes=len(CLASSES), side_px=INPUT_SIDE_PX, workers=1) as model:
        return model.predict(pixels).probabilities


def _read(folder: Path) -> Any:
    return flatbuffers.convert_bytearray_to_object(bytearray((folder / LITERT_INT8_FILE).read_bytes()))


def _layers(folder: Path, kind: str) -> Iterator[Any]:
    model = _read(folder)
    for operator in model.subgraphs[0].operators:
        if flatbuffers.opcode_to_name(model, operator.opcodeIndex) == kind:
            yield operator
