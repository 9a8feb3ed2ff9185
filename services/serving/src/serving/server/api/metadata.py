"""A version's signatures as TensorFlow describes them."""

from typing import Any

from google.protobuf.json_format import MessageToDict

from imaging import INPUT_SIDE_PX
from serving.server.loading import LoadedVersion
from serving.server.signatures import SIGNATURES, InputKind, Signature
from wire import serving_pb2 as pb

METHOD = "tensorflow/serving/predict"
ANY_SIZE = -1


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
    classes = len(loaded.classes)
    outputs = {
        "probabilities": _info("probabilities", "DT_FLOAT", ANY_SIZE, classes),
        "logits": _info("logits", "DT_FLOAT", ANY_SIZE, classes),
        "embedding": _info("embedding", "DT_FLOAT", ANY_SIZE, loaded.embedding_size),
        "support": _info("support", "DT_FLOAT", ANY_SIZE),
        "heatmap": _info("heatmap", "DT_FLOAT", ANY_SIZE, 7, 7),
        "classes": _info("classes", "DT_STRING", classes),
    }
    return pb.SignatureDef(
        inputs={signature.input_name: _input(signature)},
        outputs={name: outputs[name] for name in signature.outputs},
        method_name=METHOD,
    )


def _input(signature: Signature) -> pb.TensorInfo:
    if signature.kind is InputKind.PHOTOS:
        return _info(signature.input_name, "DT_STRING", ANY_SIZE)
    return _info(signature.input_name, "DT_UINT8", ANY_SIZE, INPUT_SIDE_PX, INPUT_SIDE_PX, 3)


def _info(name: str, dtype: str, *sizes: int) -> pb.TensorInfo:
    shape = pb.TensorShapeProto(dim=[pb.TensorShapeProto.Dim(size=size) for size in sizes])
    return pb.TensorInfo(name=f"{name}:0", dtype=dtype, tensor_shape=shape)
