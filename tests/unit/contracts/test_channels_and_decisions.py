"""Which version is in production, and when an answer is given as one."""

import pytest

from contracts.channels import HISTORY_LENGTH, Channels
from contracts.decisions import Decision, decide
from contracts.manifest import ClassLabel
from contracts.model import Thresholds

CLASSES = [ClassLabel(name="rosacea", display_name="Rosacea"), ClassLabel(name="milia", display_name="Milia")]
THRESHOLDS = Thresholds(uncertain=0.6, unsupported=0.3)


def test_promoting_keeps_what_was_there_as_previous() -> None:
    channels = Channels().offered(1, "new").promoted(1, "first").offered(2, "new").promoted(2, "better")
    assert (channels.production, channels.previous, channels.candidate) == (2, 1, None)
    assert [move.action for move in channels.history] == ["candidate", "promote", "candidate", "promote"]


def test_promoting_what_is_in_production_changes_nothing() -> None:
    channels = Channels().promoted(1, "first")
    assert channels.promoted(1, "again") == channels


def test_a_rejected_candidate_leaves_production_alone() -> None:
    channels = Channels().promoted(1, "first").offered(2, "new").rejected(2, "worse")
    assert channels.named() == {"production": 1}
    assert channels.history[-1].reason == "worse"


def test_production_can_t_be_rejected() -> None:
    with pytest.raises(ValueError, match="roll back instead"):
        Channels().promoted(1, "first").rejected(1, "no")


def test_the_history_stays_short() -> None:
    channels = Channels()
    for version in range(1, HISTORY_LENGTH + 50):
        channels = channels.offered(version, "new")
    assert len(channels.history) == HISTORY_LENGTH
    assert channels.history[-1].version == HISTORY_LENGTH + 49


@pytest.mark.parametrize(
    ("probabilities", "support", "decision"),
    [
        ([0.2, 0.8], 0.9, Decision.CONFIDENT),
        ([0.4, 0.6], 0.9, Decision.CONFIDENT),
        ([0.45, 0.55], 0.9, Decision.UNCERTAIN),
        ([0.01, 0.99], 0.29, Decision.UNSUPPORTED),
    ],
)
def test_an_answer_admits_what_it_doesn_t_know(probabilities: list[float], support: float, decision: Decision) -> None:
    answer = decide(probabilities, support, CLASSES, THRESHOLDS)
    assert answer.decision is decision
    assert [ranked.label for ranked in answer.ranked] == ["milia", "rosacea"]


def test_an_unsupported_picture_gets_no_class_in_its_sentence() -> None:
    sentence = decide([0.01, 0.99], 0.0, CLASSES, THRESHOLDS).sentence
    assert "Milia" not in sentence
    assert "no answer" in sentence


@pytest.mark.parametrize(("probability", "told"), [(0.9999, "over 99%"), (0.994, "99%"), (0.61, "61%")])
def test_no_answer_claims_to_be_certain(probability: float, told: str) -> None:
    sentence = decide([1 - probability, probability], 1.0, CLASSES, THRESHOLDS).sentence
    assert sentence == f"Most like Milia ({told})."


def test_probabilities_must_match_the_classes() -> None:
    with pytest.raises(ValueError, match="zip"):
        decide([1.0], 1.0, CLASSES, THRESHOLDS)
