"""TensorFlow Serving's wire contract without TensorFlow: messages, tensors, stubs and handlers.

`serving_pb2` is generated from `libs/wire/proto/serving.proto`.
"""

from wire.methods import MODEL_SERVICE, PREDICTION_SERVICE, Method, Methods, generic_handlers
from wire.requests import request_head
from wire.tensors import InvalidTensorError, bytes_tensor, floats, from_tensor, tensor, uint8_tensor

__all__ = [
    "MODEL_SERVICE",
    "PREDICTION_SERVICE",
    "InvalidTensorError",
    "Method",
    "Methods",
    "bytes_tensor",
    "floats",
    "from_tensor",
    "generic_handlers",
    "request_head",
    "tensor",
    "uint8_tensor",
]
