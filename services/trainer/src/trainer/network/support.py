"""How much a picture looks like the training images: cosine similarity to the nearest of their prototypes."""

import numpy as np
import numpy.typing as npt

from trainer.network.features import Features

Floats = npt.NDArray[np.float32]


def prototypes(train: Features, classes: int) -> Floats:
    """The mean embedding of each class' images and altered copies, [K, D], of unit length."""
    return unit(train.class_means(classes))


def support(embeddings: Floats, prototypes: Floats) -> Floats:
    """[N, D] embeddings → [N], as `Classifier` computes it in the graph."""
    cosines: Floats = (unit(embeddings) @ prototypes.T).max(axis=1)
    return cosines


def unit(vectors: Floats) -> Floats:
    """The same directions with length 1, along the last axis."""
    scaled: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)
    return scaled
