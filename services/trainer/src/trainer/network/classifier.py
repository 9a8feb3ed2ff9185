"""The whole classifier as one graph: pixels in, everything a prediction needs out.

A backbone makes feature maps, their average is the embedding, one dense layer makes logits of it. That head is
what makes the class activation map exact and free, so it stays.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.models.outputs import EMBEDDING, HEATMAP, LOGITS, PROBABILITIES, SUPPORT
from trainer.network.tensorflow import tf

Floats = npt.NDArray[np.float32]

SMALLEST = 1e-6
"""Keeps divisions by a norm or a maximum finite."""


@dataclass(frozen=True, eq=False)
class Classifier:
    """A trained and calibrated classifier with K classes, D embedding values and P prototypes."""

    backbone: Any
    """Keras model, float32 [N, 224, 224, 3] with values 0 to 255 → feature maps float32 [N, 7, 7, D]."""
    kernel: Floats
    """[D, K]"""
    bias: Floats
    """[K]"""
    temperature: float
    prototypes: Floats
    """[P, D], unit length: typical embeddings of the training images."""
    classes: tuple[str, ...]
    """K names, in the order of the kernel's columns."""

    def outputs(self, pixels: Any) -> dict[str, Any]:
        """The graph from uint8 [N, 224, 224, 3] to `contracts.models.outputs.OUTPUTS`."""
        maps = self.backbone(tf.cast(pixels, tf.float32), training=False)
        embedding = tf.reduce_mean(maps, axis=[1, 2])
        logits = tf.matmul(embedding, self.kernel) + self.bias
        return {
            PROBABILITIES.name: tf.nn.softmax(logits / self.temperature),
            LOGITS.name: logits,
            EMBEDDING.name: embedding,
            SUPPORT.name: self._support(embedding),
            HEATMAP.name: self._heatmap(maps, logits),
        }

    def _support(self, embedding: Any) -> Any:
        """Cosine similarity to the nearest prototype, [N]."""
        length = tf.norm(embedding, axis=1, keepdims=True)
        cosines = tf.matmul(embedding / tf.maximum(length, SMALLEST), self.prototypes, transpose_b=True)
        return tf.reduce_max(cosines, axis=1)

    def _heatmap(self, maps: Any, logits: Any) -> Any:
        """Class activation map of the top class, [N, 7, 7], 0 to 1 (Zhou et al., arXiv:1512.04150)."""
        weights = tf.gather(self.kernel.T, tf.argmax(logits, axis=1, output_type=tf.int32))
        activation = tf.nn.relu(tf.reduce_sum(maps * weights[:, tf.newaxis, tf.newaxis, :], axis=3))
        return activation / tf.maximum(tf.reduce_max(activation, axis=[1, 2], keepdims=True), SMALLEST)
