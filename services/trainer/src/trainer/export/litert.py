"""A graph as a LiteRT file, in floats or in eight bits.

The public converter gives a file the names of inputs and outputs only where it reads them from a SavedModel, which
takes most of the time, and quantises every layer or none. So the signature is written, and layers are named, by
TensorFlow's private modules: they are imported here and nowhere else (docs/decisions/0013-eight-bits.md).

In eight bits a file has less than a third of the size and takes half the time. All is integer (post-training
quantisation, https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/post_training_integer_quant) but two
things. The first convolutions: they hold 1 in 100 of the weights and make most of the error (MobileNetV2's first
depthwise has channels whose weights are a hundred times their neighbours', and the 256 steps of its input are shared by
all). And the divisions by a norm or a maximum, a handful of numbers: an integer divisor can round to zero, and then the
run fails. Each evaluation measures what eight bits cost (docs/performance.md).
"""

import warnings
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
from flatbuffers import Builder  # type: ignore[import-untyped]

from contracts.models.outputs import EXPLAIN, Tensor
from contracts.models.outputs import Size as ModelSize
from imaging import INPUT_SIDE_PX
from trainer.network.tensorflow import keras, tf

from tensorflow.lite.python import schema_py_generated as schema  # isort: skip – quiet only after the line above
from tensorflow.lite.python.convert import mlir_quantize  # isort: skip
from tensorflow.lite.tools import flatbuffer_utils as flatbuffers  # isort: skip

Pixels = npt.NDArray[np.uint8]

CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
FLOAT_CONVOLUTIONS = 12
"""Of the first ones; MobileNetV2's down to maps of 28 by 28. Each more brings little and costs time."""
IN_FLOATS = ("SUM", "SQRT", "MAXIMUM", "DIV")
"""What makes a norm and divides by it."""


def litert(outputs: Any, *, sample: Pixels | None = None) -> bytes:
    """A LiteRT file (batch of 1) with the signature `explain`.

    `outputs` is a graph from `pixels`, uint8 [1, 224, 224, 3], to named numeric tensors. Given training pictures, uint8
    [N, 224, 224, 3], the file is quantised with ranges measured on them.
    """
    graph = tf.function(outputs, input_signature=[tensor_spec(EXPLAIN.input, batch=1)])
    if sample is None:
        return _with_signature(graph.get_concrete_function(), EXPLAIN.name)
    archive = keras.export.ExportArchive()
    archive.add_endpoint(EXPLAIN.name, graph)
    with TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[EXPLAIN.name])
        return _in_eight_bits(converter, sample)


def tensor_spec(tensor: Tensor, batch: int | None = None) -> Any:
    """A model's input or output as TensorFlow describes it."""
    known = {ModelSize.SIDE: INPUT_SIDE_PX} | ({} if batch is None else {ModelSize.IMAGES: batch})
    return tf.TensorSpec(tensor.sizes(known), tf.as_dtype(tensor.dtype), name=tensor.name)


def _with_signature(concrete: Any, name: str) -> bytes:
    """A LiteRT file whose only signature is that of a concrete function with one input and a dictionary of outputs."""
    # without what owns the variables, which it would rather be given, and then save
    model = tf.lite.TFLiteConverter.from_concrete_functions([concrete]).convert()
    read = flatbuffers.convert_bytearray_to_object(bytearray(model))
    graph = read.subgraphs[0]
    (argument,) = concrete.structured_input_signature[0]
    # a dictionary's values stand in the order of its keys (tf.nest)
    outputs = sorted(concrete.structured_outputs)
    if len(outputs) != len(graph.outputs):
        msg = f"the converter made {len(graph.outputs)} outputs of {len(outputs)}"
        raise ValueError(msg)
    read.signatureDefs = [
        schema.SignatureDefT(
            inputs=[schema.TensorMapT(argument.name, int(graph.inputs[0]))],
            outputs=[schema.TensorMapT(each, int(at)) for each, at in zip(outputs, graph.outputs, strict=True)],
            signatureKey=name,
        )
    ]
    return _pack(read, model, Builder(len(model)))


def _in_eight_bits(converter: Any, sample: Pixels) -> bytes:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: (
        (EXPLAIN.name, {EXPLAIN.input.name: picture[np.newaxis]}) for picture in sample
    )
    # the public way quantises every layer; in two steps, layers can be named that stay as they are
    converter._experimental_calibrate_only = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it uses its own, deprecated interpreter
        calibrated = converter.convert()
        quantised = mlir_quantize(
            calibrated, denylisted_ops=list(IN_FLOATS), denylisted_nodes=_convolutions(calibrated)[:FLOAT_CONVOLUTIONS]
        )
    return _slim(quantised)


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
    return _pack(read, model, _SharingBuilder(len(model)))


class _SharingBuilder(Builder):  # type: ignore[misc]
    """Writes equal vectors once: the zero points of most layers, eight bytes for each channel, are all zero."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._written: dict[tuple[str, bytes], int] = {}

    def CreateNumpyVector(self, x: npt.NDArray[Any]) -> int:  # noqa: N802
        content = x.dtype.str, x.tobytes()
        if content not in self._written:
            self._written[content] = super().CreateNumpyVector(x)
        return self._written[content]


def _pack(read: Any, model: bytes, builder: Builder) -> bytes:
    builder.Finish(read.Pack(builder), file_identifier=model[4:8])
    return bytes(builder.Output())
