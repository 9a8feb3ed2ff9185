"""What `POST /v1/predict`, `POST /v1/predict/batch` and the health checks answer."""

from pydantic import AwareDatetime, Field

from contracts.api.answer import Answer
from contracts.api.problems import Problem
from contracts.models.decisions import NOTICE, Decision


class ClassConfidence(Answer):
    """A class and its calibrated probability."""

    label: str = Field(description="The class as programs call it.", examples=["acne-pustular"])
    display_name: str = Field(description="The class as people call it.", examples=["Pustular acne"])
    confidence: float = Field(ge=0, le=1, description="Calibrated probability.", examples=[0.871])


class ModelInfo(Answer):
    """The model version that answered."""

    name: str = Field(examples=["acne"])
    version: int = Field(ge=1, examples=[7])
    channel: str | None = Field(description="Null if a version was asked for by its number.", examples=["production"])
    dataset_id: str = Field(examples=["3f2a9c0d41b7e688"])
    trained_at: AwareDatetime = Field(examples=["2026-11-20T04:12:33Z"])
    synthetic: bool = Field(description="True where the model was trained on drawn pictures.", examples=[True])
    notice: str = Field(
        description="Where the training data comes from.", examples=["Drawn by a program; no photographs of people."]
    )


class Timing(Answer):
    """Where the time went, in milliseconds; all but `upload` add up to `total`, nearly."""

    upload: float = Field(0.0, ge=0, description="Until the photo had arrived.", examples=[3.1])
    queue: float = Field(0.0, ge=0, description="Waiting for a place.", examples=[0.1])
    decode: float = Field(ge=0, examples=[7.9])
    model: float = Field(ge=0, description="The model server's answer, network included.", examples=[12.4])
    total: float = Field(ge=0, description="From when the photo had arrived.", examples=[20.6])


class Prediction(Answer):
    """The answer for one photo."""

    prediction: ClassConfidence = Field(description="The most probable class; `decision` tells what it is worth.")
    top_k: tuple[ClassConfidence, ...] = Field(description="Most probable first.")
    decision: Decision = Field(
        description="`confident`; `uncertain`: no class stands out; `unsupported`: the photo doesn't look like what "
        "the model was trained on, so that its classes mean nothing."
    )
    sentence: str = Field(description="The answer for a person.", examples=["Most like Pustular acne (87%)."])
    support: float = Field(description="How much the photo looks like the training data; higher is more.")
    model: ModelInfo
    heatmap: tuple[tuple[float, ...], ...] | None = Field(
        None,
        description="With `explain=true`: 7×7, 0 to 1, row by row from the top: where the model looked, not why.",
    )
    timing_ms: Timing
    prediction_id: str = Field(
        "", description="Signed; by it a correction names this prediction.", examples=["WyI5MGYx….iVBORw0KGgo"]
    )
    request_id: str = Field(description="Also in the header X-Request-Id and in the log.", examples=["5b1f0c7de2"])
    notice: str = Field(examples=[NOTICE])


class Alive(Answer):
    """The gateway itself runs."""

    alive: bool = True


class Readiness(Answer):
    """Whether predictions can be answered now."""

    ready: bool
    reason: str = Field(description="Which version answers, or why none does.")


class Ready(Readiness):
    """Predictions can be answered."""

    ready: bool = True
    reason: str = Field(description="Which version answers.", examples=["acne version 7 is in production"])
    model: str = Field(examples=["acne"])
    version: int = Field(ge=1, examples=[7])


class BatchItem(Answer):
    """What became of one photo: a prediction, or the problem with it."""

    index: int = Field(ge=0, description="Its place in the request.")
    name: str = Field(description="As it was sent.", examples=["photos/left-cheek.jpg"])
    prediction: Prediction | None
    problem: Problem | None


class BatchAnswer(Answer):
    """All photos, in the order in which they were sent."""

    items: tuple[BatchItem, ...]
    predicted: int = Field(ge=0)
    failed: int = Field(ge=0)
