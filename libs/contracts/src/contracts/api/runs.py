"""What `/v1/pipeline` and `/v1/airflow` take and answer: training runs, and the Airflow that runs them."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field, JsonValue

from contracts.api.answer import Answer
from contracts.manifest import ClassLabel

RUN_ID_PATTERN = r"^[A-Za-z0-9_.~:+-]{1,250}$"
"""What Airflow allows."""
RUN_EXAMPLE = "api__20261122T081500Z__5b1f0c7d"

RunState = Literal["queued", "running", "success", "failed"]
Outcome = Literal["queued", "running", "promoted", "rejected", "nothing_new", "failed", "cancelled"]


class RunSummary(Answer):
    """A training run."""

    id: str = Field(examples=[RUN_EXAMPLE])
    state: RunState
    queued_at: AwareDatetime | None
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    cancelled: bool = Field(False, description="True of a run that somebody stopped; its state is `failed`.")
    parameters: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="What it was given; the rest is the pipeline's own choice.",
        examples=[{"source": "sample"}],
    )

    @property
    def finished(self) -> bool:
        """Whether it won't change any more."""
        return self.state in {"success", "failed"}


class TaskStatus(Answer):
    """One step of a run."""

    id: str = Field(examples=["train"])
    state: str | None = Field(
        description="Airflow's word: `running`, `success`, `skipped`, `failed` …; null before its turn.",
        examples=["running"],
    )
    try_number: int = Field(ge=0, examples=[1])
    seconds: float | None = Field(description="How long it took, or has taken so far.", examples=[41.2])
    expected_s: float | None = Field(
        None, description="How long it usually takes; null where no run tells.", examples=[38.5]
    )
    result: JsonValue = Field(description="What the step handed on.", examples=[None])
    reason: str | None = Field(None, description="Why it failed or was skipped, in plain words.", examples=[None])
    logs: str | None = Field(
        None,
        description="Where its log is, for admins; null before its turn.",
        examples=[f"/v1/pipeline/runs/{RUN_EXAMPLE}/tasks/train/logs"],
    )


class PipelineRun(RunSummary):
    """A training run and how far it is."""

    outcome: Outcome = Field(
        "running", description="What came of it; `nothing_new` and `rejected` are runs that ended well."
    )
    sentence: str = Field("", examples=["Step 3 of 6: train. About 40 seconds left."])
    progress: float = Field(0.0, ge=0, le=1, description="By how long the steps usually take.", examples=[0.42])
    eta_s: float | None = Field(
        None, description="Seconds until it ends, as far as earlier runs tell.", examples=[40.0]
    )
    tasks: tuple[TaskStatus, ...] = Field(description="In the order in which they run.")


class RunList(Answer):
    """The last runs, newest first."""

    runs: tuple[RunSummary, ...]


class LogLine(Answer):
    """One line of a step's log."""

    at: AwareDatetime | None
    level: str | None = Field(examples=["info"])
    text: str = Field(examples=["epoch 12 of 60: validation macro-F1 0.941"])


class TaskLogs(Answer):
    """The end of a step's log."""

    run: str = Field(examples=[RUN_EXAMPLE])
    task: str = Field(examples=["train"])
    try_number: int = Field(ge=0, examples=[1])
    lines: tuple[LogLine, ...]
    truncated: bool = Field(description="Whether earlier lines were left out.")
    complete: bool = Field(description="Whether the step has ended, so that no more lines come.")


class RunSchema(Answer):
    """What a training run can be given."""

    request: dict[str, Any] = Field(description="The JSON schema of the body that starts a run.")
    classes: tuple[ClassLabel, ...] = Field(description="Those of the taxonomy; a folder of your own may have others.")


class HealthPart(Answer):
    """One part of Airflow, by its own report."""

    name: str = Field(examples=["scheduler"])
    status: str | None = Field(description="Null for a part that isn't used here.", examples=["healthy"])
    last_heartbeat: AwareDatetime | None


class PipelineHealth(Answer):
    """Whether runs can be started and get on."""

    healthy: bool
    sentence: str = Field(examples=["Training runs can be started."])
    parts: tuple[HealthPart, ...]
    paused: bool | None = Field(
        description="Whether the pipeline is paused (starting a run unpauses it); null if Airflow doesn't know it yet."
    )


PartState = Literal["running", "starting", "stopping", "stopped", "failed", "missing"]


class AirflowPart(Answer):
    """One process or container of Airflow."""

    name: str = Field(examples=["airflow-scheduler"])
    state: PartState
    detail: str = Field(description="In the words of whoever runs it.", examples=["pid 4711, uptime 0:12:07"])


class AirflowState(Answer):
    """Whether Airflow's processes run, as told by whoever starts them."""

    running: bool = Field(description="Whether all of them run or are starting.")
    sentence: str = Field(examples=["Not running: airflow-scheduler."])
    parts: list[AirflowPart]
