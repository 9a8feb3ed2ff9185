"""A model version on a CPU without TensorFlow: `model.json` and `model.tflite` in, probabilities out.

Start with `model.LiteRtModel`. `saved_model.SavedModel` is the same for the SavedModel, and imports TensorFlow.
"""

from inference.cores import usable_cores
from inference.litert import InterpreterPool, Runner, UnusableModelError, open_runners
from inference.model import (
    SIGNATURE,
    LiteRtClassifier,
    LiteRtModel,
    Outputs,
    check_shapes,
    load_description,
    stack,
)

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
    "open_runners",
    "stack",
    "usable_cores",
]
