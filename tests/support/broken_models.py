"""LiteRT files that load but can't be served."""

from dataclasses import replace

import numpy as np

from support.tiny_model import CLASSES, tiny_classifier
from trainer.export.export import litert


def litert_of_nans() -> bytes:
    """A model whose head is full of NaN."""
    classifier = tiny_classifier()
    return litert(replace(classifier, kernel=np.full_like(classifier.kernel, np.nan)).outputs)


def litert_with_one_class_more() -> bytes:
    """A model that knows five classes."""
    return litert(tiny_classifier((*CLASSES, "comedones")).outputs)
