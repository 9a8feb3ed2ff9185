"""numpy arrays as TensorProto and back; always `tensor_content` bytes, since lists cost a hundred times as much."""

import math
import struct
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
_CODES = {dtype: code for code, dtype in _DTYPES.items()}
_VALUE_FIELDS = {
    pb.DT_FLOAT: "float_val",
    pb.DT_DOUBLE: "double_val",
    pb.DT_INT32: "int_val",
    pb.DT_INT64: "int64_val",
    pb.DT_UINT8: "int_val",
    pb.DT_BOOL: "bool_val",
    pb.DT_STRING: "string_val",
}


MAX_REPEATED_VALUES = 2**24
"""How far a list that is too short is filled up: a few bytes must not ask for any amount of memory."""


class InvalidTensorError(ValueError):
    """A tensor whose shape, type and content don't fit together; the message says how."""


def tensor(value: npt.NDArray[np.generic] | Sequence[bytes]) -> pb.TensorProto:
    """A numeric array of any shape, or a sequence of byte strings as a string tensor [N]."""
    if isinstance(value, np.ndarray):
        dtype = _CODES.get(value.dtype)
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
        raise InvalidTensorError(f"tensors of {_type_name(proto.dtype)} are not supported")
    shape = tuple(dim.size for dim in proto.tensor_shape.dim)
    if proto.tensor_shape.unknown_rank or any(size < 0 for size in shape):
        raise InvalidTensorError(f"a tensor's shape must be fully known, got {list(shape)}")
    count = math.prod(shape)
    if proto.dtype == pb.DT_STRING:
        strings = list(proto.string_val)
        if len(strings) != count:
            raise InvalidTensorError(f"a string tensor of shape {list(shape)} needs {count} values, got {len(strings)}")
        return strings
    dtype = _DTYPES[proto.dtype]
    if proto.tensor_content:
        return _from_content(proto.tensor_content, dtype, shape, count)
    return _from_values(getattr(proto, _VALUE_FIELDS[proto.dtype]), dtype, shape, count)


def uint8_tensor(proto: pb.TensorProto, shape: Sequence[int | None]) -> npt.NDArray[np.uint8]:
    """A uint8 tensor of the expected shape, where None stands for any size."""
    _expect(proto, pb.DT_UINT8, shape)
    return np.asarray(from_tensor(proto), dtype=np.uint8)


def floats(proto: pb.TensorProto) -> list[float]:
    """The values of a float32 tensor, flat, whatever its shape. For a few: numpy takes longer to begin than they take.

    Raises:
        InvalidTensorError: if it is of another type, or its content doesn't fill its shape.
    """
    if proto.dtype != pb.DT_FLOAT:
        raise InvalidTensorError(f"expected a tensor of type DT_FLOAT, got {_type_name(proto.dtype)}")
    content = proto.tensor_content
    if not content or len(content) != 4 * math.prod([dim.size for dim in proto.tensor_shape.dim]):
        return np.asarray(from_tensor(proto), dtype=np.float32).ravel().tolist()
    return list(struct.unpack(f"<{len(content) // 4}f", content))


def bytes_tensor(proto: pb.TensorProto) -> list[bytes]:
    _expect(proto, pb.DT_STRING, [None])
    return [bytes(value) for value in from_tensor(proto)]


def _expect(proto: pb.TensorProto, dtype: int, shape: Sequence[int | None]) -> None:
    if proto.dtype != dtype:
        raise InvalidTensorError(f"expected a tensor of type {_type_name(dtype)}, got {_type_name(proto.dtype)}")
    sizes = [dim.size for dim in proto.tensor_shape.dim]
    if len(sizes) != len(shape) or any(w is not None and w != g for w, g in zip(shape, sizes, strict=True)):
        wanted = ", ".join("N" if size is None else str(size) for size in shape)
        raise InvalidTensorError(f"expected a tensor of shape [{wanted}], got {sizes}")


def _type_name(code: int) -> str:
    known = pb.DataType.DESCRIPTOR.values_by_number.get(code)
    return known.name if known is not None else f"type {code}"


def _from_content(
    content: bytes, dtype: np.dtype[np.generic], shape: tuple[int, ...], count: int
) -> npt.NDArray[np.generic]:
    if len(content) != count * dtype.itemsize:
        expected = count * dtype.itemsize
        raise InvalidTensorError(f"shape {list(shape)} of {dtype} needs {expected} bytes, got {len(content)}")
    return _reshape(np.frombuffer(content, dtype=dtype), shape)


def _from_values(
    given: Sequence[float], dtype: np.dtype[np.generic], shape: tuple[int, ...], count: int
) -> npt.NDArray[np.generic]:
    try:
        values = np.asarray(list(given), dtype=dtype)
    except OverflowError as error:
        raise InvalidTensorError(f"a value doesn't fit into {dtype}: {error}") from error
    if values.size > count or (values.size == 0 and count > 0):
        raise InvalidTensorError(f"shape {list(shape)} needs {count} values, got {values.size}")
    if values.size < count:
        # TensorFlow repeats the last value of a list that is too short
        if count > MAX_REPEATED_VALUES:
            raise InvalidTensorError(f"shape {list(shape)} needs {count} values, got {values.size}; send them all")
        values = np.concatenate([values, np.repeat(values[-1:], count - values.size)])
    return _reshape(values, shape)


def _reshape(values: npt.NDArray[np.generic], shape: tuple[int, ...]) -> npt.NDArray[np.generic]:
    try:
        return values.reshape(shape)
    except ValueError as error:
        raise InvalidTensorError(f"shape {list(shape)} has too many or too large dimensions") from error


def _shape(sizes: Sequence[int]) -> pb.TensorShapeProto:
    return pb.TensorShapeProto(dim=[pb.TensorShapeProto.Dim(size=size) for size in sizes])


def _code(value: int) -> pb.DataType:
    return pb.DataType.Name(value)  # type: ignore[return-value]
