"""What `/v1/models/{name}/drift` answers."""

from pydantic import Field

from contracts.api.answer import Answer


class Psi(Answer):
    """Population stability indices; null where there is nothing to compare."""

    confidence: float | None
    classes: float | None
    brightness: float | None


class DriftAnswer(Answer):
    """How far the last seven days' predictions are from the images that the version was validated on."""

    model: str = Field(examples=["acne"])
    version: int = Field(examples=[7])
    predictions: int = Field(ge=0, description="That were compared; with fewer than 100 nothing is called drift.")
    psi: Psi = Field(
        description="Below 0.1: nothing has changed; from 0.25: another population. Null: the version was published "
        "without anything to compare with, or there were no predictions."
    )
    drifted: bool
