"""What the gateway answers about models and their versions."""

from typing import Literal

from pydantic import AwareDatetime

from acneflow_client.answers import Answer, ClassLabel, File, Interval

Action = Literal["candidate", "promote", "reject", "rollback"]
Channel = Literal["production", "candidate", "previous"]
Verdict = Literal["accepted", "rejected", "unjudged"]


class ModelSummary(Answer):
    """A model, and which of its versions the channels name."""

    name: str
    production: int | None
    candidate: int | None
    previous: int | None
    """What was in production before."""
    versions: int
    """How many were published."""


class ModelList(Answer):
    """All models."""

    models: tuple[ModelSummary, ...]


class ChannelMove(Answer):
    """One change of a channel."""

    at: AwareDatetime
    action: Action
    version: int
    reason: str


class ModelChannels(Answer):
    """A model's channels after a change."""

    name: str
    production: int | None
    candidate: int | None
    previous: int | None
    version: int
    """The version that was meant."""
    changed: bool
    """False if things stood that way already."""


class VersionSummary(Answer):
    """A published version, in a line."""

    version: int
    channels: tuple[Channel, ...]
    created_at: AwareDatetime
    trained_at: AwareDatetime
    synthetic: bool
    """True where it was trained on drawn pictures."""
    macro_f1: Interval
    accuracy: Interval
    expected_calibration_error: float
    test_images: int
    dataset_id: str
    run_id: str
    verdict: Verdict
    """The gate's word."""
    reasons: tuple[str, ...]
    """Why it was rejected, empty otherwise."""


class UnreadableVersion(Answer):
    """A version whose documents are damaged."""

    version: int
    reason: str


class QuarantinedVersion(Answer):
    """A version that a model server won't serve."""

    version: int
    reason: str
    at: AwareDatetime


class Replica(Answer):
    """What one model server holds and serves, as its sidecar wrote it down when it last changed."""

    replica: str
    at: AwareDatetime
    on_disk: tuple[int, ...]
    labels: dict[str, int]
    """What it was told: label → version."""
    quarantined: tuple[QuarantinedVersion, ...]
    problems: tuple[str, ...]
    """What is wrong right now and will be tried again."""


class ModelDetail(Answer):
    """A model: its channels and how they came about, its versions, and who serves which."""

    name: str
    production: int | None
    candidate: int | None
    previous: int | None
    earlier: tuple[int, ...]
    """Versions that one can roll back to, the last one first."""
    history: tuple[ChannelMove, ...]
    """Newest first."""
    versions: tuple[VersionSummary, ...]
    """Newest first, as many as were asked for."""
    total: int
    """How many were published."""
    unreadable: tuple[UnreadableVersion, ...]
    replicas: tuple[Replica, ...]


class Psi(Answer):
    """Population stability indices; None where there is nothing to compare."""

    confidence: float | None
    classes: float | None
    brightness: float | None


class Drift(Answer):
    """How far a version's last predictions are from the images that it was validated on."""

    model: str
    version: int
    predictions: int
    """That were compared."""
    psi: Psi
    """Below 0.1: nothing has changed; from 0.25: another population."""
    drifted: bool


TrafficMode = Literal["off", "split", "shadow"]


class Traffic(Answer):
    """How much of the traffic that names no version the candidate sees."""

    mode: TrafficMode
    """`split`: it answers its share; `shadow`: production answers, and disagreement is counted."""
    share: float


class Thresholds(Answer):
    """Below which values a prediction isn't given as an answer."""

    uncertain: float
    unsupported: float


class ClassMetrics(Answer):
    """How one class fares on the test set."""

    precision: float
    recall: float
    f1: float
    support: int
    """Test images of this class."""


class Metrics(Answer):
    """What a version reached on its dataset's test split."""

    test_images: int
    test_groups: int
    macro_f1: Interval
    accuracy: Interval
    expected_calibration_error: float
    per_class: dict[str, ClassMetrics]
    confusion: tuple[tuple[int, ...], ...]
    """Rows: true class, columns: predicted class, in the order of the model's outputs."""
    balanced_accuracy: Interval | None = None
    top3_accuracy: Interval | None = None


class GateCheck(Answer):
    """One check of the gate."""

    name: str
    passed: bool
    message: str


class StartingWeights(Answer):
    """The weights training started from."""

    source: str
    name: str
    sha256: str | None


class VersionDetail(VersionSummary):
    """All that is known of a version; how it was judged in detail stands in its evaluation."""

    name: str
    notice: str
    """Where the training data comes from."""
    classes: tuple[ClassLabel, ...]
    """In the order of the model's outputs."""
    input_size: int
    preprocessing: str
    temperature: float
    thresholds: Thresholds
    metrics: Metrics
    weights: StartingWeights
    libraries: dict[str, str]
    git_commit: str | None
    checks: tuple[GateCheck, ...]
    files: tuple[File, ...]
    bytes: int
    """Of all files together."""
