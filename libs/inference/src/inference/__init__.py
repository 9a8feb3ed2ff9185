"""A model version on a CPU without TensorFlow: `model.json` and `model.tflite` in, probabilities out.

Start with `model.LiteRtModel`. `saved_model.SavedModel` is the same for the SavedModel, and imports TensorFlow.
"""

from inference.cores import usable_cores
from inference.model import (
    SIGNATURE,
    LiteRtClassifier,
    LiteRtModel,
    Outputs,
    check_shapes,
    load_description,
    outputs_of,
    stack,
)
from inference.overlay import overlay
from inference.pool import InterpreterPool
from inference.runner import Runner, UnusableModelError, release_file_pages

__all__ = [
    "SIGNATURE",
    "InterpreterPool",
    "LiteRtClassifier",
    "LiteRtModel",
    "Outputs",
    "Runner",
    "UnusableModelError",
    "check_shapes",
    "load_description",
    "outputs_of",
    "overlay",
    "release_file_pages",
    "stack",
    "usable_cores",
]
