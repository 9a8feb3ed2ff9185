"""TensorFlow Serving's wire contract without TensorFlow: messages, tensors, stubs and handlers.

`serving_pb2` is generated from `libs/wire/proto/serving.proto`.
"""

from wire.methods import MODEL_SERVICE as MODEL_SERVICE
from wire.methods import PREDICTION_SERVICE as PREDICTION_SERVICE
from wire.methods import Method as Method
from wire.methods import Methods as Methods
from wire.methods import generic_handlers as generic_handlers
from wire.requests import request_head as request_head
from wire.tensors import InvalidTensorError as InvalidTensorError
from wire.tensors import bytes_tensor as bytes_tensor
from wire.tensors import floats as floats
from wire.tensors import from_tensor as from_tensor
from wire.tensors import tensor as tensor
from wire.tensors import uint8_tensor as uint8_tensor
