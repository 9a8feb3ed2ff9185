"""A LiteRT file in eight bits: less than a third of the size, and in half the time.

All is integer (post-training quantisation,
https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/post_training_integer_quant) but two things. The
first convolutions: they hold 1 in 100 of the weights and make most of the error (MobileNetV2's first depthwise has
channels whose weights are a hundred times their neighbours', and the 256 steps of its input are shared by all). And the
divisions by a norm or a maximum, a handful of numbers: an integer divisor can round to zero, and then the run fails.
Each evaluation measures what eight bits cost (docs/performance.md).
"""

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from trainer.network.tensorflow import FlatbufferBuilder, flatbuffers, mlir_quantize, tf

CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
FLOAT_CONVOLUTIONS = 12
"""Of the first ones; MobileNetV2's down to maps of 28 by 28. Each more brings little and costs time."""
IN_FLOATS = ("SUM", "SQRT", "MAXIMUM", "DIV")
"""What makes a norm and divides by it."""


def to_int8(converter: Any, signature: str, sample: npt.NDArray[np.uint8]) -> bytes:
    """Quantise what a converter was made for.

    Args:
        converter: a `TFLiteConverter` of a SavedModel whose signature takes `pixels`.
        signature: its name.
        sample: training pictures, uint8 [N, 224, 224, 3], on which the ranges of all activations are measured.
    """
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ((signature, {"pixels": one[np.newaxis]}) for one in sample)
    # the public way quantises every layer; in two steps, layers can be named that stay as they are
    converter._experimental_calibrate_only = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it uses its own, deprecated interpreter
        calibrated = converter.convert()
        quantised = mlir_quantize(
            calibrated, denylisted_ops=list(IN_FLOATS), denylisted_nodes=_convolutions(calibrated)[:FLOAT_CONVOLUTIONS]
        )
    return _slim(quantised)


class _SharingBuilder(FlatbufferBuilder):  # type: ignore[misc]
    """Writes equal vectors once: the zero points of most layers, eight bytes for each channel, are all zero."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._written: dict[tuple[str, bytes], int] = {}

    def CreateNumpyVector(self, x: npt.NDArray[Any]) -> int:  # noqa: N802
        content = x.dtype.str, x.tobytes()
        if content not in self._written:
            self._written[content] = super().CreateNumpyVector(x)
        return self._written[content]


def _convolutions(model: bytes) -> list[str]:
    """The names of their outputs, from the first to the last."""
    read = flatbuffers.convert_bytearray_to_object(bytearray(model))
    graph = read.subgraphs[0]
    return [
        graph.tensors[operator.outputs[0]].name.decode()
        for operator in graph.operators
        if flatbuffers.opcode_to_name(read, operator.opcodeIndex) in CONVOLUTIONS
    ]


def _slim(model: bytes) -> bytes:
    """Drop what no interpreter reads, names and measured ranges, and what stands there twice.

    The scales of biases follow from others, but without them XNNPACK runs nothing: four times the time of an image.
    """
    read = flatbuffers.convert_bytearray_to_object(bytearray(model))
    for graph in read.subgraphs:
        for tensor in graph.tensors:
            tensor.name = b""
            if tensor.quantization is not None:
                tensor.quantization.min = tensor.quantization.max = None
    builder = _SharingBuilder(len(model))
    builder.Finish(read.Pack(builder), file_identifier=model[4:8])
    return bytes(builder.Output())
