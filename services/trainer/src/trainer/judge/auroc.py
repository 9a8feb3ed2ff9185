"""How well a score ranks two kinds of things: the area under the receiver operating characteristic."""

from typing import Any

import numpy as np
import numpy.typing as npt


def auroc(higher: npt.NDArray[np.floating[Any]], lower: npt.NDArray[np.floating[Any]]) -> float:
    """Probability that one of `higher` has the larger score, ties counting half (Hanley & McNeil, 1982)."""
    ordered = np.sort(lower)
    below = np.searchsorted(ordered, higher, side="left")
    up_to = np.searchsorted(ordered, higher, side="right")
    return float((below + up_to).sum() / 2 / (len(higher) * len(lower)))
