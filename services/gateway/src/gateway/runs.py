"""Training runs as they are asked for and told of: the models in the OpenAPI document."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, model_validator

RUN_ID_PATTERN = r"^[A-Za-z0-9_.~:+-]{1,250}$"
"""What Airflow allows."""


class RunRequest(BaseModel):
    """What a training run shall do."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"examples": [{"source": "sample"}, {"source": "folder", "folder": "/data/photos"}]},
    )

    source: Literal["sample", "folder"] = Field("sample", description="Where the images come from.")
    folder: Annotated[str, Field(pattern=r"^/[^\x00]*$", max_length=1024)] | None = Field(
        None, description="For the source `folder`: a folder of class folders, as an absolute path on the worker."
    )
    seed: int = Field(0, ge=0, lt=2**31)
    epochs: Annotated[int, Field(ge=1, le=1000)] | None = Field(None, description="Null: the trainer's own default.")
    force: bool = Field(False, description="Train again even if nothing has changed since the last run.")

    @model_validator(mode="after")
    def _folder_belongs_to_its_source(self) -> Self:
        if (self.source == "folder") != (self.folder is not None):
            msg = "'folder' goes with the source 'folder', and only with it"
            raise ValueError(msg)
        return self

    def conf(self) -> dict[str, JsonValue]:
        """The parameters of the DAG run: all of them, so that two requests can be compared."""
        return self.model_dump(mode="json")


class RunSummary(BaseModel):
    """A training run."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(examples=["api__20261122T081500Z__5b1f0c7d"])
    state: Literal["queued", "running", "success", "failed"]
    queued_at: AwareDatetime | None
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None


class TaskStatus(BaseModel):
    """One step of a run."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(examples=["train"])
    state: str | None = Field(
        description="Airflow's word: `running`, `success`, `skipped`, `failed` …; null before its turn.",
        examples=["running"],
    )
    try_number: int = Field(ge=0, examples=[1])
    seconds: float | None = Field(description="How long it took, or has taken so far.", examples=[41.2])
    result: JsonValue = Field(description="What the step handed on.", examples=[None])


class PipelineRun(RunSummary):
    """A training run and how far it is."""

    tasks: list[TaskStatus] = Field(description="In the order in which they run.")


class RunList(BaseModel):
    """The last runs, newest first."""

    runs: list[RunSummary]
