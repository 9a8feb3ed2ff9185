"""Prediction ids: what was signed is read back, and nothing else is believed."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from gateway.predict.prediction_id import LIFETIME, InvalidPredictionIdError, PredictionIds, pixels_digest
from imaging import golden_pixels

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PIXELS = golden_pixels()[0]


def issued(key: str = "a secret") -> str:
    return PredictionIds(key).issue(model="acne", version=7, label="milia", digest=pixels_digest(PIXELS), at=NOW)


def test_an_id_tells_what_was_said() -> None:
    past = PredictionIds("a secret").read(issued(), now=NOW + timedelta(days=1))
    assert (past.model, past.version, past.label, past.at) == ("acne", 7, "milia", NOW)
    assert past.pixels_digest == pixels_digest(PIXELS) != pixels_digest(np.zeros_like(PIXELS))


def test_two_predictions_of_one_photo_have_ids_of_their_own() -> None:
    ids = PredictionIds("a secret")
    assert ids.read(issued(), now=NOW).id != ids.read(issued(), now=NOW).id


@pytest.mark.parametrize("at", range(len(issued())))
def test_an_id_with_one_character_changed_is_refused(at: int) -> None:
    text = issued()
    other = "A" if text[at] != "A" else "B"
    changed = text[:at] + other + text[at + 1 :]
    if at == len(text) - 1:  # the last character of the signature has spare bits; change all of them
        changed = text[:-2] + other + other
    with pytest.raises(InvalidPredictionIdError):
        PredictionIds("a secret").read(changed, now=NOW)


@pytest.mark.parametrize("text", ["", ".", "a.b", "é.ü", "x" * 10_000, issued("another secret")])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidPredictionIdError, match="expected"):
        PredictionIds("a secret").read(text, now=NOW)


def test_an_old_id_is_refused() -> None:
    with pytest.raises(InvalidPredictionIdError, match="30 days"):
        PredictionIds("a secret").read(issued(), now=NOW + LIFETIME + timedelta(seconds=1))
