"""A classifier as files: a SavedModel, and LiteRT files in floats and in eight bits.

The SavedModel has the signatures of `contracts.models.outputs`, the LiteRT files the one that gives everything.
`ExportArchive` is used without `track()`: tracking the backbone a second time would store every variable twice.
"""

from pathlib import Path
from typing import Any

from contracts.models.outputs import CLASSES, PHOTOS, SIGNATURES, Signature
from contracts.models.version import LITERT_FILE, LITERT_INT8_FILE, SAVED_MODEL_FOLDER
from imaging import INPUT_SIDE_PX
from trainer.export.litert import Pixels, litert, tensor_spec
from trainer.network.classifier import Classifier
from trainer.network.tensorflow import keras, tf

DCT_SCALES = (8, 4, 2, 1)
"""JPEG can be decoded at one of these fractions of its size at a fraction of the cost."""


def export(classifier: Classifier, folder: Path, *, sample: Pixels | None = None) -> None:
    """Write `saved_model/` and `model.tflite` into `folder` and, given training pictures, `model.int8.tflite`."""
    archive = keras.export.ExportArchive()
    for signature in SIGNATURES.values():
        graph = tf.function(_graph(classifier, signature), input_signature=[tensor_spec(signature.input)])
        archive.add_endpoint(signature.name, graph)
    archive.write_out(str(folder / SAVED_MODEL_FOLDER), verbose=False)
    (folder / LITERT_FILE).write_bytes(litert(classifier.outputs))
    if sample is not None:
        (folder / LITERT_INT8_FILE).write_bytes(litert(classifier.outputs, sample=sample))


def _graph(classifier: Classifier, signature: Signature) -> Any:
    def run(given: Any) -> dict[str, Any]:
        pixels = decode_photos(given) if signature.input is PHOTOS else given
        computed = {**classifier.outputs(pixels), CLASSES.name: tf.constant(classifier.classes)}
        return {tensor.name: computed[tensor.name] for tensor in signature.outputs}

    return run


def decode_photos(image_bytes: Any) -> Any:
    """Encoded JPEG or PNG, string [N] → uint8 [N, 224, 224, 3], as near to `imaging.read_pixels` as a graph can be.

    It follows the same way (JPEG at a reduced DCT scale, transparency over white, antialiased resize), but knows
    neither EXIF orientation nor colour profiles nor WebP: who has such photos sends pixels.
    """
    pixels = tf.TensorSpec([INPUT_SIDE_PX, INPUT_SIDE_PX, 3], tf.uint8)
    return tf.map_fn(_decode_photo, image_bytes, fn_output_signature=pixels)


def _decode_photo(data: Any) -> Any:
    photo = tf.cond(tf.io.is_jpeg(data), lambda: _decode_jpeg(data), lambda: _decode_png(data))
    small = tf.image.resize(photo, [INPUT_SIDE_PX, INPUT_SIDE_PX], method="bilinear", antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(small), 0.0, 255.0), tf.uint8)


def _decode_jpeg(data: Any) -> Any:
    """Float32 [h, w, 3], at the smallest scale whose sides are still as long as the model's input."""
    shape = tf.image.extract_jpeg_shape(data)
    fits = tf.minimum(shape[0], shape[1]) // INPUT_SIDE_PX
    cases = [(fits >= scale, _decoder(data, scale)) for scale in DCT_SCALES[:-1]]
    return tf.cast(tf.case(cases, default=_decoder(data, 1)), tf.float32)


def _decoder(data: Any, scale: int) -> Any:
    return lambda: tf.io.decode_jpeg(data, channels=3, ratio=scale, dct_method="INTEGER_ACCURATE")


def _decode_png(data: Any) -> Any:
    """Float32 [h, w, 3], laid over white."""
    rgba = tf.cast(tf.io.decode_png(data, channels=4), tf.float32)
    alpha = rgba[..., 3:] / 255.0
    return rgba[..., :3] * alpha + 255.0 * (1.0 - alpha)
