"""Requests that differ in nothing but their pixels, serialized once."""

from collections.abc import Sequence

import numpy as np

from wire import serving_pb2 as pb
from wire.tensors import tensor


def request_head(spec: pb.ModelSpec, name: str, shape: Sequence[int], outputs: Sequence[str]) -> bytes:
    """A serialized PredictRequest with one uint8 tensor, up to the tensor's content: that makes it whole.

    A protobuf message may come in parts, one after the other, and its content is the last field of a TensorProto
    (https://protobuf.dev/programming-guides/encoding/#last-one-wins). Building and serializing the messages takes three
    copies of the pixels, this takes one.

    Args:
        spec: which model, version and signature.
        name: of the input.
        shape: of the input.
        outputs: which ones to answer with.
    """
    nothing = np.zeros(shape, np.uint8)
    rest = pb.PredictRequest(model_spec=spec, output_filter=outputs)
    tensors = pb.PredictRequest(inputs={name: tensor(nothing)})
    return rest.SerializeToString() + tensors.SerializeToString()[: -nothing.nbytes]
