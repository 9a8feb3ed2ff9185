"""Training runs: what they can be given, and what the gateway tells of them and of Airflow."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from acneflow_client.answers import Answer, ClassLabel

Source = Literal["sample", "folder", "urls", "scin", "dermnet"]
Architecture = Literal["MobileNetV2", "MobileNetV1", "MobileNetV3Small", "MobileNetV3Large"]
RunState = Literal["queued", "running", "success", "failed"]
Outcome = Literal["queued", "running", "promoted", "rejected", "nothing_new", "failed", "cancelled"]


class RunRequest(BaseModel):
    """What a training run shall do; what is None is the pipeline's own choice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Source = "sample"
    folder: str | None = None
    """For the source `folder`: a folder of class folders or a manifest (.csv, .parquet), as the worker sees it."""
    urls: str | None = None
    """For the source `urls`: a .csv list of addresses, as the scraper takes it."""
    classes: tuple[str, ...] | None = None
    """Slugs of the classes to train; None: all that have enough images."""
    architecture: Architecture | None = None
    epochs: int | None = None
    fine_tune_epochs: int | None = None
    margin: float | None = None
    """How much worse than production a candidate's macro-F1 may be."""
    seed: int = 0
    force: bool = False
    """Train again even if nothing has changed since the last run."""


class PipelineTask(Answer):
    """One step of a run."""

    id: str
    state: str | None
    """Airflow's word: `running`, `success`, `skipped`, `failed`, `up_for_retry` …; None before its turn."""
    try_number: int
    seconds: float | None
    """How long it took, or has taken so far."""
    expected_s: float | None = None
    """How long it usually takes; None where no run tells."""
    result: JsonValue
    """What the step handed on; None as long as there is nothing."""
    reason: str | None = None
    """Why it failed or was skipped."""
    logs: str | None = None
    """Where its log is: a path at the gateway; None before its turn."""


class RunSummary(Answer):
    """A training run."""

    id: str
    state: RunState
    queued_at: AwareDatetime | None
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    cancelled: bool = False
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    """What it was given; the rest is the pipeline's own choice."""

    @property
    def finished(self) -> bool:
        """Whether it won't change any more."""
        return self.state in {"success", "failed"}


class PipelineRun(RunSummary):
    """A training run and how far it is."""

    outcome: Outcome = "running"
    sentence: str = ""
    """How far it is, or what came of it, for a person."""
    progress: float = 0.0
    """0 to 1, by how long the steps usually take."""
    eta_s: float | None = None
    """Seconds until it ends, as far as earlier runs tell."""
    tasks: tuple[PipelineTask, ...]
    """In the order in which they run."""


class RunList(Answer):
    """The last runs, newest first."""

    runs: tuple[RunSummary, ...]


class LogLine(Answer):
    """One line of a step's log."""

    at: AwareDatetime | None
    level: str | None
    text: str


class TaskLogs(Answer):
    """The end of a step's log."""

    run: str
    task: str
    try_number: int
    lines: tuple[LogLine, ...]
    truncated: bool
    """Whether earlier lines were left out."""
    complete: bool
    """Whether the step has ended, so that no more lines come."""


class RunSchema(Answer):
    """What a training run can be given."""

    request: dict[str, Any]
    """The JSON schema of a `RunRequest`."""
    classes: tuple[ClassLabel, ...]
    """Those of the taxonomy; a folder of your own may have others."""


class HealthPart(Answer):
    """One part of Airflow, by its own report."""

    name: str
    status: str | None
    """`healthy` or `unhealthy`; None for a part that isn't used here."""
    last_heartbeat: AwareDatetime | None


class PipelineHealth(Answer):
    """Whether runs can be started and get on."""

    healthy: bool
    sentence: str
    parts: tuple[HealthPart, ...]
    paused: bool | None
    """Whether the pipeline is paused (starting a run unpauses it); None if Airflow doesn't know it yet."""


class AirflowPart(Answer):
    """One process or container of Airflow."""

    name: str
    state: Literal["running", "starting", "stopping", "stopped", "failed", "missing"]
    detail: str


class AirflowState(Answer):
    """Whether Airflow's processes run, as told by whoever starts them."""

    running: bool
    sentence: str
    parts: tuple[AirflowPart, ...]
