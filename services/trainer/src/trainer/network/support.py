"""How much a picture looks like the training images: cosine similarity to the nearest of their prototypes.

Prototypes are a few unit vectors for each class; so the score is one matrix product in the graph. How well it tells
pictures of something else apart is measured by every evaluation on drawn ones, and on photographs by `make bench
NAME=quality`.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

METHOD = "nearest-prototype-cosine"
PER_CLASS = 8
ROUNDS = 15
SEED = 0


def support(embeddings: Floats, prototypes: Floats) -> Floats:
    """[N, D] embeddings → [N], as `Classifier` computes it in the graph."""
    cosines: Floats = (unit(embeddings) @ prototypes.T).max(axis=1)
    return cosines


def unit(vectors: Floats) -> Floats:
    """The same directions with length 1, along the last axis."""
    scaled: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)
    return scaled


def class_prototypes(embeddings: Floats, labels: npt.NDArray[np.int64]) -> Floats:
    """Centres of each class' embeddings [N, D] by spherical k-means (Dhillon & Modha, 2001).

    [P, D] of unit length; at most `PER_CLASS` for each class, fewer where it has few images.
    """
    rng = np.random.default_rng(SEED)
    directions = unit(embeddings)
    return np.concatenate([_centres(directions[labels == label], rng) for label in np.unique(labels)])


def _centres(directions: Floats, rng: np.random.Generator) -> Floats:
    count = min(PER_CLASS, len(directions))
    centres = directions[rng.choice(len(directions), count, replace=False)]
    for _ in range(ROUNDS):
        nearest = (directions @ centres.T).argmax(axis=1)
        centres = np.stack(
            [
                unit(directions[nearest == number].mean(axis=0)) if (nearest == number).any() else centre
                for number, centre in enumerate(centres)
            ]
        )
    return centres.astype(np.float32)
