"""TensorFlow Serving's warm-up file: a version that can't answer what is in it fails its load.

https://www.tensorflow.org/tfx/serving/saved_model_warmup: a TFRecord file of PredictionLog messages.
"""

import io
import struct
from pathlib import Path

import google_crc32c
from PIL import Image

from contracts.models.outputs import PHOTOS, PIXELS, SIGNATURES
from imaging import golden_pixels
from wire import serving_pb2 as pb
from wire import tensor

WARMUP_FILE = Path("assets.extra") / "tf_serving_warmup_requests"

_MASK_DELTA = 0xA282EAD8
"""From TensorFlow's lib/hash/crc32c.h."""


def write_warmup(folder: Path, model: str) -> None:
    """Write the file into a version folder: one golden picture for each signature."""
    path = folder / WARMUP_FILE
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(_record(log.SerializeToString()) for log in warmup_logs(model)))


def warmup_logs(model: str) -> list[pb.PredictionLog]:
    pixels = golden_pixels()[1:2]
    photo = io.BytesIO()
    Image.fromarray(pixels[0]).save(photo, "PNG")
    inputs = {PIXELS: tensor(pixels), PHOTOS: tensor([photo.getvalue()])}
    return [
        pb.PredictionLog(
            predict_log=pb.PredictLog(
                request=pb.PredictRequest(
                    model_spec=pb.ModelSpec(name=model, signature_name=signature.name),
                    inputs={signature.input.name: inputs[signature.input]},
                )
            )
        )
        for signature in SIGNATURES.values()
    ]


def _record(data: bytes) -> bytes:
    """One record of a TFRecord file: length, its checksum, the data, its checksum."""
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", _masked_crc(length)) + data + struct.pack("<I", _masked_crc(data))


def _masked_crc(data: bytes) -> int:
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF
