"""numpy arrays as TensorProto and back; always `tensor_content` bytes, since lists cost a hundred times as much."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from wire import serving_pb2 as pb

_DTYPES: dict[int, np.dtype[np.generic]] = {
    pb.DT_FLOAT: np.dtype("<f4"),
    pb.DT_DOUBLE: np.dtype("<f8"),
    pb.DT_INT32: np.dtype("<i4"),
    pb.DT_INT64: np.dtype("<i8"),
    pb.DT_UINT8: np.dtype("u1"),
    pb.DT_BOOL: np.dtype("?"),
}
_VALUE_FIELDS = {
    pb.DT_FLOAT: "float_val",
    pb.DT_DOUBLE: "double_val",
    pb.DT_INT32: "int_val",
    pb.DT_INT64: "int64_val",
    pb.DT_UINT8: "int_val",
    pb.DT_BOOL: "bool_val",
    pb.DT_STRING: "string_val",
}


class InvalidTensorError(ValueError):
    """A tensor whose shape, type and content don't fit together; the message says how."""


def tensor(value: npt.NDArray[np.generic] | Sequence[bytes]) -> pb.TensorProto:
    """A numeric array of any shape, or a sequence of byte strings as a string tensor [N]."""
    if isinstance(value, np.ndarray):
        dtype = next((code for code, known in _DTYPES.items() if known == value.dtype), None)
        if dtype is None:
            msg = f"arrays of {value.dtype} can't be sent; use one of {', '.join(map(str, _DTYPES.values()))}"
            raise InvalidTensorError(msg)
        content = np.ascontiguousarray(value).tobytes()
        return pb.TensorProto(dtype=_code(dtype), tensor_shape=_shape(value.shape), tensor_content=content)
    return pb.TensorProto(dtype=pb.DT_STRING, tensor_shape=_shape((len(value),)), string_val=value)


def from_tensor(proto: pb.TensorProto) -> npt.NDArray[np.generic] | list[bytes]:
    """The array of a numeric tensor, or the byte strings of a string tensor (flat, whatever its shape).

    Raises:
        InvalidTensorError: if the type isn't supported or the content doesn't fill the shape.
    """
    if proto.dtype not in _VALUE_FIELDS:
        raise InvalidTensorError(f"tensors of type {proto.dtype} are not supported")
    shape = tuple(dim.size for dim in proto.tensor_shape.dim)
    if proto.tensor_shape.unknown_rank or any(size < 0 for size in shape):
        raise InvalidTensorError("the tensor's shape must be fully known")
    count = math.prod(shape)
    if proto.dtype == pb.DT_STRING:
        strings = list(proto.string_val)
        if len(strings) != count:
            raise InvalidTensorError(f"a string tensor of shape {list(shape)} needs {count} values, got {len(strings)}")
        return strings
    dtype = _DTYPES[proto.dtype]
    if proto.tensor_content:
        return _from_content(proto.tensor_content, dtype, shape, count)
    values = np.asarray(getattr(proto, _VALUE_FIELDS[proto.dtype]), dtype=dtype)
    return _from_values(values, shape, count)


def uint8_tensor(proto: pb.TensorProto, shape: Sequence[int | None]) -> npt.NDArray[np.uint8]:
    """A uint8 tensor of the expected shape, where None stands for any size.

    Raises:
        InvalidTensorError: if it is of another type or shape.
    """
    array = from_tensor(proto)
    if isinstance(array, list) or array.dtype != np.uint8:
        raise InvalidTensorError(f"expected a tensor of type DT_UINT8, got {pb.DataType.Name(proto.dtype)}")
    fits = array.ndim == len(shape) and all(w is None or w == g for w, g in zip(shape, array.shape, strict=True))
    if not fits:
        wanted = ", ".join("N" if size is None else str(size) for size in shape)
        raise InvalidTensorError(f"expected a tensor of shape [{wanted}], got {list(array.shape)}")
    return array.astype(np.uint8, copy=False)


def _from_content(
    content: bytes, dtype: np.dtype[np.generic], shape: tuple[int, ...], count: int
) -> npt.NDArray[np.generic]:
    if len(content) != count * dtype.itemsize:
        expected = count * dtype.itemsize
        raise InvalidTensorError(f"shape {list(shape)} of {dtype} needs {expected} bytes, got {len(content)}")
    return np.frombuffer(content, dtype=dtype).reshape(shape)


def _from_values(values: npt.NDArray[np.generic], shape: tuple[int, ...], count: int) -> npt.NDArray[np.generic]:
    # TensorFlow repeats the last value of a list that is too short
    if values.size > count or (values.size == 0 and count > 0):
        raise InvalidTensorError(f"shape {list(shape)} needs {count} values, got {values.size}")
    if values.size < count:
        values = np.concatenate([values, np.repeat(values[-1:], count - values.size)])
    return values.reshape(shape)


def _shape(sizes: Sequence[int]) -> pb.TensorShapeProto:
    return pb.TensorShapeProto(dim=[pb.TensorShapeProto.Dim(size=size) for size in sizes])


def _code(value: int) -> pb.DataType:
    return pb.DataType.Name(value)  # type: ignore[return-value]
