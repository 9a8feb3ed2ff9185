"""A model version on a CPU without TensorFlow: `model.json` and `model.tflite` in, probabilities out.

Start with `model.LiteRtModel`. `saved_model.SavedModel` is the same for the SavedModel, and imports TensorFlow.
"""

from inference.cores import usable_cores as usable_cores
from inference.litert import InterpreterPool as InterpreterPool
from inference.litert import Runner as Runner
from inference.litert import UnusableModelError as UnusableModelError
from inference.litert import open_runners as open_runners
from inference.model import SIGNATURE as SIGNATURE
from inference.model import LiteRtClassifier as LiteRtClassifier
from inference.model import LiteRtModel as LiteRtModel
from inference.model import Outputs as Outputs
from inference.model import check_shapes as check_shapes
from inference.model import load_description as load_description
from inference.model import stack as stack
