"""Arrays survive the wire, and a tensor whose parts contradict each other is refused before it costs memory."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from wire import InvalidTensorError, bytes_tensor, floats, from_tensor, tensor, uint8_tensor
from wire import serving_pb2 as pb

DTYPES = ("<f4", "<f8", "<i4", "<i8", "u1", "?")


def proto(dtype: int, sizes: list[int], **values: object) -> pb.TensorProto:
    shape = pb.TensorShapeProto(dim=[pb.TensorShapeProto.Dim(size=size) for size in sizes])
    return pb.TensorProto(dtype=pb.DataType.Name(dtype), tensor_shape=shape, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "sent",
    [
        tensor(np.array([[0.25, 0.75]], np.float32)),
        proto(pb.DT_FLOAT, [1, 2], float_val=[0.25, 0.75]),  # as TensorFlow Serving sends them
    ],
    ids=["content", "values"],
)
def test_a_few_floats_are_read_either_way(sent: pb.TensorProto) -> None:
    assert floats(sent) == [0.25, 0.75]


@pytest.mark.parametrize(
    "sent",
    [
        tensor(np.array([1], np.int32)),
        proto(pb.DT_FLOAT, [2], tensor_content=bytes(4)),
        proto(pb.DT_FLOAT, [1], tensor_content=bytes(3)),
    ],
    ids=["of another type", "too few", "cut"],
)
def test_what_are_no_floats_is_refused(sent: pb.TensorProto) -> None:
    with pytest.raises(InvalidTensorError):
        floats(sent)


@settings(deadline=None)
@given(
    hnp.arrays(dtype=st.sampled_from(DTYPES), shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))
)
def test_an_array_comes_back_as_it_went(array: np.ndarray) -> None:
    back = from_tensor(pb.TensorProto.FromString(tensor(array).SerializeToString()))
    assert isinstance(back, np.ndarray)
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == np.ascontiguousarray(array).tobytes()


@settings(deadline=None)
@given(st.lists(st.binary(max_size=50), max_size=5))
def test_byte_strings_come_back_as_they_went(values: list[bytes]) -> None:
    assert bytes_tensor(tensor(values)) == values


def test_an_array_that_isnt_contiguous_is_sent_in_its_own_order() -> None:
    array = np.arange(12, dtype=np.int32).reshape(3, 4).T
    assert np.array_equal(from_tensor(tensor(array)), array)


def test_a_list_of_values_may_stand_for_the_content() -> None:
    assert np.array_equal(from_tensor(proto(pb.DT_FLOAT, [2, 2], float_val=[1, 2, 3, 4])), [[1, 2], [3, 4]])
    assert np.array_equal(from_tensor(proto(pb.DT_UINT8, [2], int_val=[7, 8])), [7, 8])


def test_a_short_list_is_filled_with_its_last_value_as_tensorflow_does() -> None:
    assert np.array_equal(from_tensor(proto(pb.DT_INT64, [4], int64_val=[1, 2])), [1, 2, 2, 2])


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (proto(pb.DT_FLOAT, [3], tensor_content=b"\0" * 8), "needs 12 bytes, got 8"),
        (proto(pb.DT_FLOAT, [1], float_val=[1, 2]), "needs 1 values, got 2"),
        (proto(pb.DT_FLOAT, [1]), "needs 1 values, got 0"),
        (proto(pb.DT_STRING, [2], string_val=[b"one"]), "needs 2 values, got 1"),
        (proto(pb.DT_UINT8, [1], int_val=[300]), "doesn't fit into uint8"),
        (proto(pb.DT_UINT8, [2**40], int_val=[1]), "send them all"),
        (proto(pb.DT_UINT8, [-1], int_val=[1]), "must be fully known"),
        (proto(pb.DT_UINT8, [1] * 200, int_val=[1]), "too many or too large"),
        (proto(pb.DT_UINT8, [0, 2**62, 2**62]), "too many or too large"),
        (proto(pb.DT_INVALID, [1]), "DT_INVALID are not supported"),
        (pb.TensorProto.FromString(b"\x08\x17"), "type 23 are not supported"),
    ],
)
def test_a_tensor_that_contradicts_itself_is_refused_with_the_contradiction(
    message: pb.TensorProto, fault: str
) -> None:
    with pytest.raises(InvalidTensorError, match=fault):
        from_tensor(message)


@pytest.mark.parametrize(
    ("array", "fault"),
    [
        (np.zeros((1, 224, 224, 3), np.float32), "expected a tensor of type DT_UINT8, got DT_FLOAT"),
        (np.zeros((1, 224, 224), np.uint8), r"of shape \[N, 224, 224, 3\], got \[1, 224, 224\]"),
        (np.zeros((1, 100, 224, 3), np.uint8), r"got \[1, 100, 224, 3\]"),
    ],
)
def test_pixels_of_another_type_or_shape_are_refused(array: np.ndarray, fault: str) -> None:
    with pytest.raises(InvalidTensorError, match=fault):
        uint8_tensor(tensor(array), [None, 224, 224, 3])


def test_byte_strings_must_stand_in_a_vector() -> None:
    with pytest.raises(InvalidTensorError, match=r"of shape \[N\], got \[\]"):
        bytes_tensor(proto(pb.DT_STRING, [], string_val=[b"photo"]))


def test_an_array_that_tensorflow_serving_has_no_type_for_cant_be_sent() -> None:
    with pytest.raises(InvalidTensorError, match="arrays of complex128 can't be sent"):
        tensor(np.zeros(1, np.complex128))
