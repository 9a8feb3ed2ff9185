"""A model version on a CPU without TensorFlow: `model.json` and `model.tflite` in, probabilities out.

Start with `model.LiteRtModel`.
"""

from inference.model import LiteRtModel, Outputs, UnusableModelError, load_description

__all__ = ["LiteRtModel", "Outputs", "UnusableModelError", "load_description"]
