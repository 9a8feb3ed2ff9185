"""The signatures that every version has: what a request may ask of them, and how TensorFlow describes them."""

from collections.abc import Collection, Sequence
from typing import Any

from google.protobuf.json_format import MessageToDict

from contracts.models.outputs import SERVING_DEFAULT, SIGNATURES, Signature, Tensor
from serving.errors import Code, RequestRefusedError
from serving.server.loading import LoadedVersion
from wire import serving_pb2 as pb

METHOD = "tensorflow/serving/predict"
ANY_SIZE = -1
_DTYPES: dict[str, pb.DataType] = {"float32": pb.DT_FLOAT, "uint8": pb.DT_UINT8, "string": pb.DT_STRING}


def find_signature(name: str) -> Signature:
    """A signature by its name (empty is the default one), or FAILED_PRECONDITION."""
    signature = SIGNATURES.get(name or SERVING_DEFAULT.name)
    if signature is None:
        message = f"there is no signature {name!r}, only {', '.join(SIGNATURES)}"
        raise RequestRefusedError(Code.FAILED_PRECONDITION, message)
    return signature


def check_inputs(signature: Signature, names: Collection[str]) -> None:
    """Refuse a request (INVALID_ARGUMENT) whose inputs aren't exactly this signature's."""
    if set(names) != {signature.input.name}:
        given = ", ".join(sorted(names)) or "none"
        message = f"signature {signature.name!r} takes the one input {signature.input.name!r}; got {given}"
        raise RequestRefusedError(Code.INVALID_ARGUMENT, message)


def select_outputs(signature: Signature, output_filter: Sequence[str]) -> tuple[Tensor, ...]:
    """The outputs that are asked for by name; INVALID_ARGUMENT if one isn't there or stands there twice."""
    outputs = {output.name: output for output in signature.outputs}
    for name in output_filter:
        if name not in outputs:
            message = f"signature {signature.name!r} has no output {name!r}, only {', '.join(outputs)}"
            raise RequestRefusedError(Code.INVALID_ARGUMENT, message)
        if output_filter.count(name) > 1:
            raise RequestRefusedError(Code.INVALID_ARGUMENT, f"output {name!r} is asked for more than once")
    return tuple(outputs[name] for name in output_filter)


def signature_map(loaded: LoadedVersion) -> pb.SignatureDefMap:
    """All signatures of a version, with the types and shapes of their tensors; -1 stands for any size."""
    return pb.SignatureDefMap(signature_def={name: _definition(loaded, it) for name, it in SIGNATURES.items()})


def metadata_json(model: str, loaded: LoadedVersion) -> dict[str, Any]:
    """What `GET …/metadata` answers: model_spec and signature_def, numbers as strings as in protobuf's JSON."""
    definitions = MessageToDict(
        signature_map(loaded), preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return {
        "model_spec": {"name": model, "signature_name": "", "version": str(loaded.number)},
        "metadata": {"signature_def": definitions},
    }


def _definition(loaded: LoadedVersion, signature: Signature) -> pb.SignatureDef:
    return pb.SignatureDef(
        inputs={signature.input.name: _info(signature.input, loaded)},
        outputs={output.name: _info(output, loaded) for output in signature.outputs if loaded.gives(output)},
        method_name=METHOD,
    )


def _info(tensor: Tensor, loaded: LoadedVersion) -> pb.TensorInfo:
    sizes = (ANY_SIZE if size is None else size for size in tensor.sizes(loaded.sizes))
    shape = pb.TensorShapeProto(dim=[pb.TensorShapeProto.Dim(size=size) for size in sizes])
    return pb.TensorInfo(name=f"{tensor.name}:0", dtype=_DTYPES[tensor.dtype], tensor_shape=shape)
