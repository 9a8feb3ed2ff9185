"""A classifier as files: a SavedModel with three signatures, and LiteRT files with one, in floats and in eight bits.

`ExportArchive` is used without `track()`: tracking the backbone a second time would store every variable twice.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.model import LITERT_FILE, LITERT_INT8_FILE, SAVED_MODEL_FOLDER
from imaging import INPUT_SIDE_PX
from inference import SIGNATURE
from trainer.export.graph_decoding import decode_photos
from trainer.export.int8 import to_int8
from trainer.export.signature import convert_with_signature
from trainer.network.classifier import Classifier
from trainer.network.tensorflow import keras, tf

Pixels = npt.NDArray[np.uint8]

PREDICTIONS = ("probabilities", "logits", "embedding", "support")


def export(classifier: Classifier, folder: Path, *, sample: Pixels | None = None) -> None:
    """Write `saved_model/` and `model.tflite` into `folder` and, given training pictures, `model.int8.tflite`."""
    _write_saved_model(classifier, folder / SAVED_MODEL_FOLDER)
    (folder / LITERT_FILE).write_bytes(litert(classifier.outputs))
    if sample is not None:
        (folder / LITERT_INT8_FILE).write_bytes(litert(classifier.outputs, sample=sample))


def litert(outputs: Any, *, sample: Pixels | None = None) -> bytes:
    """A LiteRT file (batch of 1) with the signature `explain`.

    Args:
        outputs: graph from `pixels`, uint8 [1, 224, 224, 3], to named numeric tensors.
        sample: training pictures, uint8 [N, 224, 224, 3]; if given, the file is quantised with ranges measured on them.
    """
    graph = tf.function(outputs, input_signature=[_pixels(batch=1)])
    if sample is None:
        return convert_with_signature(graph.get_concrete_function(), SIGNATURE)
    archive = keras.export.ExportArchive()
    archive.add_endpoint(SIGNATURE, graph)
    with TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[SIGNATURE])
        return to_int8(converter, SIGNATURE, sample)


def _write_saved_model(classifier: Classifier, folder: Path) -> None:
    def explain(pixels: Any) -> dict[str, Any]:
        return classifier.outputs(pixels) | {"classes": tf.constant(classifier.classes)}

    def predict(pixels: Any) -> dict[str, Any]:
        out = explain(pixels)
        return {name: out[name] for name in (*PREDICTIONS, "classes")}

    def predict_bytes(image_bytes: Any) -> dict[str, Any]:
        return predict(decode_photos(image_bytes))

    photos = tf.TensorSpec([None], tf.string, name="image_bytes")
    archive = keras.export.ExportArchive()
    archive.add_endpoint("serving_default", tf.function(predict_bytes, input_signature=[photos]))
    archive.add_endpoint("pixels", tf.function(predict, input_signature=[_pixels()]))
    archive.add_endpoint("explain", tf.function(explain, input_signature=[_pixels()]))
    archive.write_out(str(folder), verbose=False)


def _pixels(batch: int | None = None) -> Any:
    return tf.TensorSpec([batch, INPUT_SIDE_PX, INPUT_SIDE_PX, 3], tf.uint8, name="pixels")
