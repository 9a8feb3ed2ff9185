"""From probabilities to an answer that admits what it doesn't know."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple

from contracts.manifest import ClassLabel
from contracts.models.version import Thresholds

NOTICE = (
    "This is not a diagnosis. It is the output of a statistical model and can be wrong; "
    "only a clinician who sees the skin can tell what it is."
)


class Decision(StrEnum):
    """How an answer may be used."""

    CONFIDENT = "confident"
    UNCERTAIN = "uncertain"
    UNSUPPORTED = "unsupported"


class RankedClass(NamedTuple):
    """A class and its calibrated probability."""

    label: str
    display_name: str
    probability: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision with the sentence that explains it and the classes, most probable first."""

    decision: Decision
    sentence: str
    ranked: tuple[RankedClass, ...]


def decide(
    probabilities: Sequence[float], support: float, classes: Sequence[ClassLabel], thresholds: Thresholds
) -> Answer:
    """Turn one image's outputs into an answer.

    Args:
        probabilities: K calibrated probabilities, in the order of `classes`.
        support: how much the image looks like what the model was trained on; higher is more.
        classes: the K classes.
        thresholds: those that travelled with the model.

    Raises:
        ValueError: if the lengths differ.
    """
    pairs = sorted(zip(probabilities, classes, strict=True), key=itemgetter(0), reverse=True)
    ranked = tuple(RankedClass(c.name, c.display_name, float(p)) for p, c in pairs)
    top = ranked[0]
    if support < thresholds.unsupported:
        decision = Decision.UNSUPPORTED
        sentence = "This picture doesn't look like what the model was trained on, so it gives no answer."
    elif top.probability < thresholds.uncertain:
        decision = Decision.UNCERTAIN
        sentence = f"The model is not sure. It leans towards {top.display_name} ({_percent(top.probability)})."
    else:
        decision = Decision.CONFIDENT
        sentence = f"Most like {top.display_name} ({_percent(top.probability)})."
    return Answer(decision=decision, sentence=sentence, ranked=ranked)


def _percent(probability: float) -> str:
    """Whole per cent; never 100, since no model is certain."""
    return "over 99%" if probability >= 0.995 else f"{probability:.0%}"
