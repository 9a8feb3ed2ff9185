"""What the gateway answers about a photo, and the base of all its answers.

Fields that a newer gateway adds are passed over, so that an older client keeps working.
"""

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Answer(BaseModel):
    """The base of everything the gateway answers."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Decision(StrEnum):
    """How a prediction may be used."""

    CONFIDENT = "confident"
    UNCERTAIN = "uncertain"
    UNSUPPORTED = "unsupported"


class RankedClass(Answer):
    """A class and its calibrated probability."""

    label: str
    display_name: str
    confidence: float


class ModelInfo(Answer):
    """The model version that answered."""

    name: str
    version: int
    channel: str | None
    """The channel that was asked; None where a version was asked for by its number."""
    dataset_id: str
    trained_at: AwareDatetime
    synthetic: bool
    """True where it was trained on drawn pictures."""
    notice: str
    """Where its training data comes from, in a sentence."""


class Timing(Answer):
    """Where the time went, in milliseconds."""

    upload: float = 0.0
    queue: float = 0.0
    decode: float
    model: float
    total: float


class Prediction(Answer):
    """The answer for one photo."""

    prediction: RankedClass
    """The most probable class; what it is worth is told by `decision`."""
    top_k: tuple[RankedClass, ...]
    """Most probable first."""
    decision: Decision
    sentence: str
    """The answer for a person to read."""
    support: float
    """How much the photo looks like what the model was trained on; higher is more."""
    model: ModelInfo
    heatmap: tuple[tuple[float, ...], ...] | None = None
    """7×7, 0 to 1, row by row from the top: where the model looked; only if it was asked for."""
    timing_ms: Timing
    prediction_id: str = ""
    """By it a correction names this prediction."""
    request_id: str
    notice: str
    """That this is no diagnosis."""


class Interval(Answer):
    """An estimate with its 95 % confidence interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class ClassLabel(Answer):
    """A class as machines (`name`) and people (`display_name`) call it."""

    name: str
    display_name: str


class File(Answer):
    """One file of something that was published."""

    path: str
    sha256: str
    size: int


class Readiness(Answer):
    """Whether the gateway can answer predictions now."""

    ready: bool
    reason: str
    """Why not, or which version answers."""
