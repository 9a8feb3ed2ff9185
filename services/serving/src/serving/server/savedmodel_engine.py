"""A version's SavedModel in TensorFlow. Importing this imports TensorFlow: 500 MB and seconds."""

import logging
import os
from pathlib import Path
from typing import Any

import numpy as np

from inference import Outputs, UnusableModelError, load_description
from serving.server.engines import Pixels

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

try:
    import tensorflow as tf
except ModuleNotFoundError as error:
    _missing = "the engine `savedmodel` needs TensorFlow: install the package tensorflow-cpu, or use --engine litert"
    raise UnusableModelError(_missing) from error

log = logging.getLogger(__name__)

SIGNATURE = "explain"
"""Gives every output at the cost of any one."""

BATCH = 32
"""Images in one call; more make the call slower without making an image cheaper."""


class SavedModelEngine:
    """Implements `Engine`. TensorFlow spreads a call over all cores itself."""

    batch = BATCH

    def __init__(self, folder: Path, *, workers: int) -> None:
        """Load the SavedModel that lies at the top of the version folder.

        Raises:
            UnusableModelError: if it can't be loaded or lacks the signature.
        """
        tf.config.set_soft_device_placement(True)
        self.description = load_description(folder)
        try:
            # kept, because the signature doesn't keep its variables alive
            self._model: Any = tf.saved_model.load(str(folder))
            self._explain: Any = self._model.signatures[SIGNATURE]
        except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
            msg = f"{folder} holds no SavedModel with the signature {SIGNATURE!r}: {error}"
            raise UnusableModelError(msg) from error
        log.info("%s: TensorFlow %s, called by %d threads", folder, tf.__version__, workers)

    def run(self, worker: int, pixels: Pixels) -> Outputs:  # noqa: ARG002 - TensorFlow's sessions are thread-safe
        """Run the images in one call."""
        try:
            out = self._explain(pixels=tf.constant(pixels))
        except tf.errors.OpError as error:
            msg = f"TensorFlow can't run the model: {error.message}"
            raise UnusableModelError(msg) from error
        names = ("probabilities", "logits", "embedding", "support", "heatmap")
        return Outputs(*(np.asarray(out[name]) for name in names))

    def close(self) -> None:
        """Let TensorFlow free the variables."""
        del self._explain, self._model
