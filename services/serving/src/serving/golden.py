"""Does a version answer as it did when it was published? The golden pictures tell, without any person's photo."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from contracts.model import ModelDescription
from serving.errors import VersionRefusedError

GOLDEN_TOLERANCE = 0.02
"""Largest accepted difference of a probability: `golden` comes from LiteRT, and TensorFlow may differ so much."""


def check_golden(
    description: ModelDescription, probabilities: npt.NDArray[np.float32], classes: Sequence[bytes]
) -> None:
    """Compare what a server says of `imaging.golden_pixels()` with what `model.json` recorded.

    Args:
        description: the version's `model.json`.
        probabilities: [G, K], for the G golden pictures.
        classes: the K names that the server gave.

    Raises:
        VersionRefusedError: if they differ.
    """
    expected_classes = [label.name for label in description.classes]
    found_classes = [name.decode(errors="replace") for name in classes]
    if found_classes != expected_classes:
        msg = f"it answers with the classes {found_classes}, but model.json says {expected_classes}"
        raise VersionRefusedError(msg)
    expected = np.asarray(description.golden, dtype=np.float64)
    if expected.shape != probabilities.shape:
        msg = f"model.json records golden predictions of shape {expected.shape}, the server gave {probabilities.shape}"
        raise VersionRefusedError(msg)
    difference = float(np.max(np.abs(expected - probabilities)))
    # a NaN compares as false, so the question is put this way round
    if not difference <= GOLDEN_TOLERANCE:
        msg = (
            f"its golden predictions differ from model.json by up to {difference:.3f}; "
            f"at most {GOLDEN_TOLERANCE} is accepted"
        )
        raise VersionRefusedError(msg)
