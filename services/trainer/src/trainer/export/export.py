"""A classifier as files: a SavedModel, and LiteRT files in floats and in eight bits.

The SavedModel has the signatures of `contracts.models.outputs`, the LiteRT files the one that gives everything.
`ExportArchive` is used without `track()`: tracking the backbone a second time would store every variable twice.
"""

from pathlib import Path
from typing import Any

from contracts.models.outputs import CLASSES, PHOTOS, SIGNATURES, Signature
from contracts.models.version import LITERT_FILE, LITERT_INT8_FILE, SAVED_MODEL_FOLDER
from trainer.export.graph_decoding import decode_photos
from trainer.export.litert import Pixels, litert, tensor_spec
from trainer.network.classifier import Classifier
from trainer.network.tensorflow import keras, tf


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
