"""TensorFlow and Keras, imported at this one place: quiet, and with as many threads as we may use.

Importing this takes seconds; only the modules that build or run a graph may do so, and commands import those late.
"""

import os

# read when TensorFlow's library is loaded, hence before the import
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import tensorflow as tf

from inference import usable_cores

tf.get_logger().setLevel("ERROR")
tf.config.threading.set_intra_op_parallelism_threads(usable_cores())
tf.config.threading.set_inter_op_parallelism_threads(usable_cores())

__all__ = ["keras", "tf"]
