"""Asks the gateway about a photo. What comes back for good is an `Outcome`; where waiting helps, the error goes on."""

from dataclasses import dataclass

from acneflow_client import Client, ImageRefusedError, Prediction
from frontend.predict.picture import Handover, handover
from frontend.ui.traces import without_trace

ALL_CLASSES = 100
"""As many as the gateway names: the page shows some and offers all for a correction."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The model answered."""

    prediction: Prediction


@dataclass(frozen=True, slots=True)
class Refused:
    """The photo can't be used."""

    error: ImageRefusedError


Outcome = Answered | Refused


def ask(client: Client, photo: bytes) -> tuple[Outcome, Handover | None]:
    """Ask about one photo: the outcome, and the picture for the browser if there is an answer to it.

    Raises:
        ClientError: if nobody can answer now, or not this visitor.
    """
    try:
        prediction = client.predict(photo, top_k=ALL_CLASSES, explain=True)
    except ImageRefusedError as refused:
        return Refused(without_trace(refused)), None
    return Answered(prediction), handover(photo)
