"""Which version is in production, and when an answer is given as one."""

import pytest

from contracts.manifest import ClassLabel
from contracts.models.channels import HISTORY_LENGTH, Channels
from contracts.models.decisions import Decision, decide
from contracts.models.version import Thresholds

CLASSES = [ClassLabel(name="rosacea", display_name="Rosacea"), ClassLabel(name="milia", display_name="Milia")]
THRESHOLDS = Thresholds(uncertain=0.6, unsupported=0.3)


def test_promoting_keeps_what_was_there_as_previous() -> None:
    channels = (
        Channels()
        .with_candidate(1, "new")
        .with_production(1, "first")
        .with_candidate(2, "new")
        .with_production(2, "better")
    )
    assert (channels.production, channels.previous, channels.candidate) == (2, 1, None)
    assert [move.action for move in channels.history] == ["candidate", "promote", "candidate", "promote"]


def test_promoting_what_is_in_production_changes_nothing() -> None:
    channels = Channels().with_production(1, "first")
    assert channels.with_production(1, "again") == channels


def test_a_rejected_candidate_leaves_production_alone() -> None:
    channels = Channels().with_production(1, "first").with_candidate(2, "new").with_rejection(2, "worse")
    assert channels.labels() == {"production": 1}
    assert channels.history[-1].reason == "worse"


def test_production_can_t_be_rejected() -> None:
    with pytest.raises(ValueError, match="roll back instead"):
        Channels().with_production(1, "first").with_rejection(1, "no")


def test_rolling_back_goes_one_step_further_each_time() -> None:
    channels = Channels().with_production(1, "first").with_production(2, "better").with_production(3, "best")
    once = channels.with_rollback("3 fails on dark skin")
    assert (once.production, once.previous) == (2, 1)
    assert (once.history[-1].action, once.history[-1].reason) == ("rollback", "3 fails on dark skin")
    twice = once.with_rollback("so does 2")
    assert (twice.production, twice.previous) == (1, None)
    with pytest.raises(ValueError, match="nothing to go back to"):
        twice.with_rollback("and 1")


def test_rolling_back_may_skip_versions_and_leaves_them_for_good() -> None:
    channels = (
        Channels()
        .with_production(1, "a")
        .with_production(2, "b")
        .with_production(3, "c")
        .with_rollback("both are broken", to=1)
    )
    assert (channels.production, channels.previous, channels.earlier()) == (1, None, ())
    assert channels.with_production(3, "it was the camera").earlier() == (1,)


def test_a_version_promoted_again_is_gone_back_to_once() -> None:
    channels = Channels().with_production(1, "a").with_production(2, "b").with_production(1, "a was better")
    assert (channels.earlier(), channels.previous) == ((2,), 2)


@pytest.mark.parametrize(
    ("channels", "to", "said"),
    [
        (Channels(), None, "nothing is in production"),
        (Channels().with_production(1, "a"), None, "version 1 is the first"),
        (Channels().with_production(1, "a").with_production(2, "b"), 2, "in production already"),
        (Channels().with_production(1, "a").with_production(2, "b"), 7, "promote it instead"),
    ],
)
def test_a_rollback_that_makes_no_sense_is_refused(channels: Channels, to: int | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        channels.with_rollback("why not", to=to)


def test_the_history_stays_short() -> None:
    channels = Channels()
    for version in range(1, HISTORY_LENGTH + 50):
        channels = channels.with_candidate(version, "new")
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
