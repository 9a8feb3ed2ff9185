"""Images and predictions as TensorFlow Serving writes them in JSON, by rows (`instances`) or by columns (`inputs`)."""

import base64
import binascii
import json
from enum import Enum, auto
from typing import Any

import numpy as np

from contracts.models.outputs import PHOTOS, PIXELS, Signature
from serving.errors import Code, RequestRefusedError
from serving.server.api.signatures import check_inputs, find_signature
from serving.server.predictor import Call, Photos, Pixels, Prediction, Tensor
from serving.server.registry import Target


class Layout(Enum):
    """How the tensors of a request lie in its JSON; the answer's lie in the same way."""

    ROWS = auto()
    """`instances`: one entry per image."""
    COLUMNS = auto()
    """`inputs`: one entry per tensor."""


def read_call(target: Target, body: bytes) -> tuple[Call, Layout]:
    """Read the body of a `:predict` request, or refuse it (INVALID_ARGUMENT) with what is wrong."""
    try:
        request = json.loads(body)
    except ValueError as error:
        raise _invalid(f"the body is no JSON: {error}") from error
    if not isinstance(request, dict) or ("instances" in request) == ("inputs" in request):
        raise _invalid("the body must be an object with either 'instances' or 'inputs'")
    signature = find_signature(str(request.get("signature_name", "")))
    if "instances" in request:
        layout, values = Layout.ROWS, _rows(request["instances"], signature)
    else:
        layout, values = Layout.COLUMNS, _columns(request["inputs"], signature)
    images = _photos(values) if signature.input is PHOTOS else _pixels(values)
    return Call(target, signature, images), layout


def write_prediction(prediction: Prediction, layout: Layout) -> str:
    """The answer's body.

    TensorFlow Serving refuses rows when an output hasn't one entry per image, as `classes` hasn't; here rows leave it
    out.
    """
    if layout is Layout.COLUMNS:
        return json.dumps({"outputs": {name: _as_list(value) for name, value in prediction.outputs.items()}})
    rows = {name: _as_list(value) for name, value in prediction.outputs.items() if isinstance(value, np.ndarray)}
    return json.dumps({"predictions": [dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)]})


def _rows(instances: Any, signature: Signature) -> list[Any]:
    if not isinstance(instances, list):
        raise _invalid("'instances' must be a list")
    return [_only_input(instance, signature) if _is_named(instance) else instance for instance in instances]


def _columns(inputs: Any, signature: Signature) -> list[Any]:
    values = _only_input(inputs, signature) if _is_named(inputs) else inputs
    if not isinstance(values, list):
        raise _invalid(f"input {signature.input.name!r} must be a list")
    return values


def _is_named(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() != {"b64"}


def _only_input(named: dict[str, Any], signature: Signature) -> Any:
    check_inputs(signature, named.keys())
    return named[signature.input.name]


def _photos(values: list[Any]) -> Photos:
    photos = []
    for number, value in enumerate(values):
        if not isinstance(value, dict) or not isinstance(value.get("b64"), str):
            raise _invalid(f'picture {number} must be an object {{"b64": "…"}} with its bytes in base64')
        try:
            photos.append(base64.b64decode(value["b64"], validate=True))
        except binascii.Error as error:
            raise _invalid(f"picture {number} is no base64: {error}") from error
    return photos


def _pixels(values: list[Any]) -> Pixels:
    expected = "pixels must be lists of whole numbers from 0 to 255, [N, side, side, 3]"
    try:
        pixels = np.asarray(values)
    except ValueError as error:
        raise _invalid(f"{expected}; got lists of uneven length") from error
    if pixels.ndim != len(PIXELS.shape) or pixels.size == 0:
        raise _invalid(f"{expected}; got shape {list(pixels.shape)}")
    if pixels.dtype.kind not in "iu" or pixels.min() < 0 or pixels.max() > 255:
        raise _invalid(f"{expected}; got other values")
    return pixels.astype(np.uint8)


def _as_list(value: Tensor) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else [item.decode() for item in value]


def _invalid(message: str) -> RequestRefusedError:
    return RequestRefusedError(Code.INVALID_ARGUMENT, message)
