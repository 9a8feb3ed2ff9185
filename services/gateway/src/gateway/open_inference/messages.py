"""The messages and tensors of the Open Inference Protocol, version 2 (github.com/kserve/open-inference-protocol).

Photos come as one tensor: BYTES [N] with encoded photos (base64 in JSON), or UINT8 pixels [N, side, side, 3]. Binary
tensors after the JSON, as Triton's clients send them, are understood; answers are JSON, which those clients read, too.
Knows no transport.
"""

import base64
import binascii
import json
import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from contracts.models.outputs import CLASSES, PIXELS, PROBABILITIES, SUPPORT
from gateway.http.errors import InvalidParametersError, MalformedRequestError
from gateway.predict.service import PredictionResult
from imaging import INPUT_SIDE_PX

MAX_PHOTOS = 32
"""Of one request."""
SHAPE = (INPUT_SIDE_PX, INPUT_SIDE_PX, 3)
OUTPUTS = (PROBABILITIES.name, SUPPORT.name, "label", "decision", CLASSES.name)

Pixels = npt.NDArray[np.uint8]


class Message(BaseModel):
    """Fields that the protocol doesn't name are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class RequestInput(Message):
    """The tensor with the photos."""

    name: str = Field(max_length=255, examples=["image"])
    shape: list[int] = Field(min_length=1, max_length=4, examples=[[1]])
    datatype: Literal["BYTES", "UINT8"]
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    data: JsonValue = None


class RequestOutput(Message):
    """An output that is asked for."""

    name: str = Field(examples=["probabilities"])


class InferenceRequest(Message):
    """What is asked."""

    id: str | None = Field(None, max_length=255)
    inputs: list[RequestInput] = Field(min_length=1, max_length=1)
    outputs: list[RequestOutput] = Field(default_factory=list)


class ResponseOutput(Message):
    """One tensor, row by row."""

    name: str
    shape: list[int]
    datatype: Literal["BYTES", "FP32"]
    data: list[float] | list[str]


class InferenceResponse(Message):
    """The answer."""

    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[ResponseOutput]


def parse(body: bytes, json_bytes: int | None) -> tuple[InferenceRequest, list[bytes] | list[Pixels]]:
    """Read a request and its photos; binary tensors follow the JSON if its length `json_bytes` is given."""
    text, binary = (body, b"") if json_bytes is None else (body[:json_bytes], body[json_bytes:])
    try:
        request = InferenceRequest.model_validate(json.loads(text))
    except (ValidationError, ValueError, RecursionError) as error:
        raise MalformedRequestError(
            "The body is no inference request with one input of the datatype BYTES or UINT8."
        ) from error
    unknown = [output.name for output in request.outputs if output.name not in OUTPUTS]
    if unknown:
        raise InvalidParametersError(f"There is no output {unknown[0]!r}, only {', '.join(OUTPUTS)}.")
    tensor = request.inputs[0]
    if "binary_data_size" in tensor.parameters:
        if tensor.parameters["binary_data_size"] != len(binary):
            raise MalformedRequestError("'binary_data_size' isn't what follows the JSON.")
        return request, _of_binary(tensor, binary)
    return request, _of_json(tensor)


def answer(request: InferenceRequest, predicted: Sequence[PredictionResult]) -> InferenceResponse:
    first = predicted[0]
    every: Mapping[str, ResponseOutput] = {
        output.name: output
        for output in (
            _floats(PROBABILITIES.name, [entry.served.probabilities for entry in predicted]),
            _floats(SUPPORT.name, [[entry.served.support] for entry in predicted], flat=True),
            _texts("label", [entry.answer.ranked[0].label for entry in predicted]),
            _texts("decision", [entry.answer.decision.value for entry in predicted]),
            _texts(CLASSES.name, [entry.name for entry in first.description.classes]),
        )
    }
    wanted = [output.name for output in request.outputs] or list(OUTPUTS)
    return InferenceResponse(
        model_name=first.description.name,
        model_version=str(first.served.version),
        id=request.id,
        outputs=[every[name] for name in wanted],
    )


def metadata(name: str, versions: Sequence[int], classes: int) -> dict[str, Any]:
    """The model's metadata: either input may be sent."""
    return {
        "name": name,
        "versions": [str(number) for number in versions],
        "platform": "acneflow",
        "inputs": [
            {"name": "image", "datatype": "BYTES", "shape": [-1]},
            {"name": PIXELS.name, "datatype": "UINT8", "shape": [-1, *SHAPE]},
        ],
        "outputs": [
            {"name": PROBABILITIES.name, "datatype": "FP32", "shape": [-1, classes]},
            {"name": SUPPORT.name, "datatype": "FP32", "shape": [-1]},
            {"name": "label", "datatype": "BYTES", "shape": [-1]},
            {"name": "decision", "datatype": "BYTES", "shape": [-1]},
            {"name": CLASSES.name, "datatype": "BYTES", "shape": [classes]},
        ],
    }


def _of_binary(tensor: RequestInput, binary: bytes) -> list[bytes] | list[Pixels]:
    count = _count(tensor)
    if tensor.datatype == "UINT8":
        return _pixels(np.frombuffer(binary, np.uint8), count)
    photos: list[bytes] = []
    start = 0
    while start + 4 <= len(binary):  # each element: its length, little-endian, and its bytes
        (size,) = struct.unpack_from("<I", binary, start)
        photos.append(binary[start + 4 : start + 4 + size])
        start += 4 + size
    if start != len(binary) or len(photos) != count:
        raise MalformedRequestError(f"The binary tensor doesn't hold {count} elements.")
    return photos


def _of_json(tensor: RequestInput) -> list[bytes] | list[Pixels]:
    count = _count(tensor)
    if tensor.datatype == "UINT8":
        try:
            values = np.array(tensor.data, dtype=np.uint8)
        except (ValueError, TypeError, OverflowError) as error:
            raise MalformedRequestError("'data' isn't a list of numbers from 0 to 255.") from error
        return _pixels(values.reshape(-1), count)
    texts = tensor.data
    if not isinstance(texts, list) or len(texts) != count:
        raise MalformedRequestError(f"'data' isn't a list of {count} texts in base64.")
    try:
        return [base64.b64decode(str(text).encode("ascii", "replace"), validate=True) for text in texts]
    except binascii.Error as error:
        raise MalformedRequestError("An element of 'data' is no valid base64.") from error


def _count(tensor: RequestInput) -> int:
    wanted = [] if tensor.datatype == "BYTES" else list(SHAPE)
    count, *rest = tensor.shape
    if tensor.datatype == "BYTES" and all(size == 1 for size in rest):
        rest = []
    if rest != wanted or not 1 <= count <= MAX_PHOTOS:
        expected = ", ".join(["N", *map(str, wanted)])
        detail = f"The tensor has the shape {tensor.shape}; [{expected}] is expected, N from 1 to {MAX_PHOTOS}."
        raise InvalidParametersError(detail)
    return count


def _pixels(values: Pixels, count: int) -> list[Pixels]:
    if values.size != count * math.prod(SHAPE):
        raise MalformedRequestError("The tensor's data doesn't fill its shape.")
    return list(values.reshape(count, *SHAPE))


def _floats(name: str, rows: list[list[float]], *, flat: bool = False) -> ResponseOutput:
    shape = [len(rows)] if flat else [len(rows), len(rows[0])]
    return ResponseOutput(name=name, shape=shape, datatype="FP32", data=[value for row in rows for value in row])


def _texts(name: str, texts: list[str]) -> ResponseOutput:
    return ResponseOutput(name=name, shape=[len(texts)], datatype="BYTES", data=texts)
