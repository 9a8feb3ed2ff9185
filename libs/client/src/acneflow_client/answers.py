"""What the gateway answers, as typed values.

Fields that a newer gateway adds are passed over, so that an older client keeps working.
"""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue


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
    request_id: str
    notice: str
    """That this is no diagnosis."""


class RunRequest(BaseModel):
    """What a training run shall do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Literal["sample", "folder"] = "sample"
    folder: str | None = None
    """For the source `folder`: a folder of class folders, as the worker sees it."""
    seed: int = 0
    epochs: int | None = None
    """None: as many as the trainer thinks right."""
    force: bool = False
    """Train again even if nothing has changed since the last run."""


RunState = Literal["queued", "running", "success", "failed"]


class PipelineTask(Answer):
    """One step of a run."""

    id: str
    state: str | None
    """Airflow's word: `running`, `success`, `skipped`, `failed`, `up_for_retry` …; None before its turn."""
    try_number: int
    seconds: float | None
    """How long it took, or has taken so far."""
    result: JsonValue
    """What the step handed on; None as long as there is nothing."""


class RunSummary(Answer):
    """A training run."""

    id: str
    state: RunState
    queued_at: AwareDatetime | None
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None

    @property
    def finished(self) -> bool:
        """Whether it won't change any more."""
        return self.state in {"success", "failed"}


class PipelineRun(RunSummary):
    """A training run and how far it is."""

    tasks: tuple[PipelineTask, ...]
    """In the order in which they run."""


class RunList(Answer):
    """The last runs, newest first."""

    runs: tuple[RunSummary, ...]


class Readiness(Answer):
    """Whether the gateway can answer predictions now."""

    ready: bool
    reason: str
    """Why not, or which version answers."""
