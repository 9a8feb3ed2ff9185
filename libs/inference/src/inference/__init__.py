"""A model version on a CPU without TensorFlow: `model.json` and `model.tflite` in, probabilities out.

Start with `model.LiteRtModel`.
"""

from inference.cores import usable_cores
from inference.model import SIGNATURE, LiteRtClassifier, LiteRtModel, Outputs, load_description, stack
from inference.pool import InterpreterPool, UnusableModelError

__all__ = [
    "SIGNATURE",
    "InterpreterPool",
    "LiteRtClassifier",
    "LiteRtModel",
    "Outputs",
    "UnusableModelError",
    "load_description",
    "stack",
    "usable_cores",
]
