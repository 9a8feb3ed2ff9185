"""TensorFlow and Keras, imported at this one place: quiet, and with as many threads as we may use.

Importing this takes seconds; only the modules that build or run a graph may do so, and commands import those late.
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile

from inference import usable_cores


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Hold back what TensorFlow's libraries write to the standard error by themselves; shown if the import fails."""
    sys.stderr.flush()
    shown = os.dup(2)
    with TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(shown, held.read())
            raise
        finally:
            os.dup2(shown, 2)
            os.close(shown)


# read when TensorFlow's library is loaded, hence before the import
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

with _without_chatter():
    import keras
    import tensorflow as tf

tf.get_logger().setLevel("ERROR")
logging.getLogger("absl").setLevel(logging.ERROR)  # the converter writes there
tf.config.threading.set_intra_op_parallelism_threads(usable_cores())
tf.config.threading.set_inter_op_parallelism_threads(usable_cores())

__all__ = ["keras", "tf"]
