"""What `/v1/models` takes and answers."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.api.answer import Answer
from contracts.manifest import ClassLabel, FileEntry
from contracts.models.traffic import TrafficMode
from contracts.models.version import Thresholds
from contracts.run import GateCheck, Interval, Metrics, StartingWeights

Action = Literal["candidate", "promote", "reject", "rollback"]
Channel = Literal["production", "candidate", "previous"]
Verdict = Literal["accepted", "rejected", "unjudged"]


class ModelSummary(Answer):
    """A model, and which of its versions the channels name."""

    name: str = Field(examples=["acne"])
    production: int | None = Field(examples=[7])
    candidate: int | None = Field(examples=[8])
    previous: int | None = Field(description="What was in production before.", examples=[6])
    versions: int = Field(ge=0, description="How many were published.", examples=[8])


class ModelList(Answer):
    """All models."""

    models: tuple[ModelSummary, ...]


class ChannelMove(Answer):
    """One change of a channel."""

    at: AwareDatetime
    action: Action
    version: int = Field(ge=1, examples=[7])
    reason: str = Field(examples=["macro-F1 0.952 [0.930, 0.971], run 4be1c0a9"])


class ModelChannels(Answer):
    """A model's channels after a change."""

    name: str = Field(examples=["acne"])
    production: int | None = Field(examples=[7])
    candidate: int | None = Field(examples=[None])
    previous: int | None = Field(description="What was in production before.", examples=[6])
    version: int = Field(ge=1, description="The version that was meant.", examples=[7])
    changed: bool = Field(description="False if things stood that way already.", examples=[True])


class VersionSummary(Answer):
    """A published version, in a line."""

    version: int = Field(ge=1, examples=[7])
    channels: tuple[Channel, ...] = Field(examples=[["production"]])
    created_at: AwareDatetime
    trained_at: AwareDatetime
    synthetic: bool = Field(description="True where it was trained on drawn pictures.")
    macro_f1: Interval
    accuracy: Interval
    expected_calibration_error: float = Field(ge=0, le=1)
    test_images: int = Field(ge=0, examples=[174])
    dataset_id: str = Field(examples=["3f2a9c0d41b7e688"])
    run_id: str = Field(examples=["4be1c0a9d2f35577"])
    verdict: Verdict = Field(description="The gate's word; `unjudged` if no evaluation is in the store.")
    reasons: tuple[str, ...] = Field(description="Why it was rejected, empty otherwise.", examples=[[]])


class UnreadableVersion(Answer):
    """A version whose documents are damaged."""

    version: int = Field(ge=1)
    reason: str


class QuarantinedVersion(Answer):
    """A version that a model server won't serve."""

    version: int = Field(ge=1)
    reason: str
    at: AwareDatetime


class Replica(Answer):
    """What one model server holds and serves, as its sidecar wrote it down when it last changed."""

    replica: str = Field(examples=["embedded"])
    at: AwareDatetime
    on_disk: tuple[int, ...] = Field(examples=[[6, 7]])
    labels: dict[str, int] = Field(description="What it was told: label → version.", examples=[{"production": 7}])
    quarantined: tuple[QuarantinedVersion, ...]
    problems: tuple[str, ...] = Field(description="What is wrong right now and will be tried again.")


class ModelDetail(Answer):
    """A model: its channels and how they came about, its versions, and who serves which."""

    name: str = Field(examples=["acne"])
    production: int | None = Field(examples=[7])
    candidate: int | None = Field(examples=[None])
    previous: int | None = Field(description="What was in production before.", examples=[6])
    earlier: tuple[int, ...] = Field(
        description="Versions that one can roll back to, the last one first.", examples=[[6, 4]]
    )
    history: tuple[ChannelMove, ...] = Field(description="Newest first.")
    versions: tuple[VersionSummary, ...] = Field(description="Newest first, as many as `limit` allows.")
    total: int = Field(ge=0, description="How many versions were published.", examples=[8])
    unreadable: tuple[UnreadableVersion, ...]
    replicas: tuple[Replica, ...]


class VersionDetail(VersionSummary):
    """All that is known of a version; how it was judged in detail stands in its evaluation."""

    name: str = Field(examples=["acne"])
    notice: str = Field(description="Where the training data comes from.")
    classes: tuple[ClassLabel, ...] = Field(description="In the order of the model's outputs.")
    input_size: int = Field(ge=1, examples=[224])
    preprocessing: str
    temperature: float = Field(gt=0)
    thresholds: Thresholds
    metrics: Metrics
    weights: StartingWeights
    libraries: dict[str, str]
    git_commit: str | None
    checks: tuple[GateCheck, ...] = Field(description="Of the gate; empty if no evaluation is in the store.")
    files: tuple[FileEntry, ...]
    bytes: int = Field(ge=0, description="Of all files together.")


class Reason(BaseModel):
    """Why a channel is moved; it stands in the model's history."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(
        "by an admin", min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$", examples=["better on darker skin"]
    )


class RollbackRequest(Reason):
    """Where to go back to, and why."""

    to: int | None = Field(
        None,
        ge=1,
        lt=2**31,
        description="A version that was in production before; null is the last one.",
        examples=[6],
    )


class TrafficRules(BaseModel):
    """How much of the traffic that names no version the candidate sees."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [{"mode": "split", "share": 0.1}]}
    )

    mode: TrafficMode = Field(
        description="`off`; `split`: the candidate answers its share; `shadow`: production answers, and how often the "
        "candidate would have named another class is counted in the metrics."
    )
    share: float = Field(ge=0, le=1, description="Of the photos; the same photo always meets the same version.")
