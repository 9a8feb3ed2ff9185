"""A LiteRT file in eight bits: less than a third of the size, and faster.

All is integer (post-training quantisation,
https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/post_training_integer_quant) but two things. The
first depthwise convolution: MobileNetV2's has channels whose weights are a hundred times their neighbours', and the 256
steps of its input are shared by all. And the divisions by a norm or a maximum, a handful of numbers: an integer divisor
can round to zero, and then the run fails. Each evaluation measures what eight bits cost (docs/performance.md).
"""

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from trainer.tensorflow import flatbuffers, mlir_quantize, tf

DEPTHWISE = "DEPTHWISE_CONV_2D"
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
            calibrated, denylisted_ops=list(IN_FLOATS), denylisted_nodes=_first_depthwise(calibrated)
        )
    return _slim(quantised)


def _first_depthwise(model: bytes) -> list[str]:
    """The name of the first depthwise convolution's output, in a list that is empty where there is none."""
    read = flatbuffers.convert_bytearray_to_object(bytearray(model))
    graph = read.subgraphs[0]
    for operator in graph.operators:
        if flatbuffers.opcode_to_name(read, operator.opcodeIndex) == DEPTHWISE:
            return [graph.tensors[operator.outputs[0]].name.decode()]
    return []


def _slim(model: bytes) -> bytes:
    """Drop what no interpreter reads: names and measured ranges.

    The scales of biases follow from others, but without them XNNPACK runs nothing: four times the time of an image.
    """
    read = flatbuffers.convert_bytearray_to_object(bytearray(model))
    for graph in read.subgraphs:
        for tensor in graph.tensors:
            tensor.name = b""
            if tensor.quantization is not None:
                tensor.quantization.min = tensor.quantization.max = None
    return bytes(flatbuffers.convert_object_to_bytearray(read))
