"""Prototypes: what the training images look like to the backbone, in a few unit vectors for each class.

Their nearest cosine is the support score: one matrix product in the graph. How well it tells strangers apart is
measured by every evaluation on drawn ones, and on photographs by `make bench NAME=quality`.
"""

import numpy as np
import numpy.typing as npt

from trainer.network.support import unit

Floats = npt.NDArray[np.float32]

METHOD = "nearest-prototype-cosine"
PER_CLASS = 8
ROUNDS = 15
SEED = 0


def typical_embeddings(embeddings: Floats, labels: npt.NDArray[np.int64]) -> Floats:
    """Centres of each class' embeddings by spherical k-means (Dhillon & Modha, 2001).

    Args:
        embeddings: [N, D] of training images.
        labels: [N]

    Returns:
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
