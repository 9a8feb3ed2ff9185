"""The typed Python client of the gateway's REST API: the one way in which the page and the commands speak to it.

Start with `client.Client`, or `aio.AsyncClient` for asyncio. What they can do is described in `calls`; what they return
is the gateway's own definition of it (`contracts.api`); what they raise stands in `errors`.
"""

from acneflow_client.aio import AsyncClient
from acneflow_client.client import Client
from acneflow_client.errors import (
    ClientError,
    ConflictError,
    GatewayUnreachableError,
    ImageRefusedError,
    NotAllowedError,
    NotFoundError,
    ProblemError,
    RequestRefusedError,
    RunTimeoutError,
    TemporarilyUnavailableError,
    UnexpectedAnswerError,
)
from contracts.api.datasets import Dataset
from contracts.api.feedback import FeedbackItem, FeedbackPage, FeedbackReceipt, FeedbackStatus
from contracts.api.feedback import StoredPhoto as FeedbackImage
from contracts.api.models import (
    Action,
    Channel,
    ChannelMove,
    ModelChannels,
    ModelDetail,
    ModelList,
    ModelSummary,
    QuarantinedVersion,
    Replica,
    UnreadableVersion,
    Verdict,
    VersionDetail,
    VersionSummary,
)
from contracts.api.models import TrafficRules as Traffic
from contracts.api.predict import BatchItem, ModelInfo, Prediction, Readiness, Timing
from contracts.api.predict import ClassConfidence as RankedClass
from contracts.api.problems import Problem
from contracts.api.runs import (
    AirflowPart,
    AirflowState,
    HealthPart,
    LogLine,
    Outcome,
    PipelineHealth,
    PipelineRun,
    RunList,
    RunSchema,
    RunState,
    RunSummary,
    TaskLogs,
)
from contracts.api.runs import TaskStatus as PipelineTask
from contracts.dataset import (
    DatasetCheck,
    DatasetDrift,
    DatasetManifest,
    DatasetReport,
    Duplicates,
    Excluded,
    SkinTones,
    Split,
)
from contracts.decisions import Decision
from contracts.drift import DriftReport as Drift
from contracts.drift import Histogram, Psi
from contracts.manifest import ClassLabel
from contracts.manifest import FileEntry as File
from contracts.measures import (
    CalibrationMeasure,
    Comparison,
    DecisionShares,
    ExportMeasure,
    Interval,
    ReliabilityBin,
    RiskPoint,
    RobustnessMeasure,
    SliceMeasure,
    SupportMeasure,
)
from contracts.model import Thresholds
from contracts.run import ClassMetrics, Evaluation, GateCheck, Metrics, StartingWeights
from contracts.run_parameters import ArchitectureName as Architecture
from contracts.run_parameters import RunRequest
from contracts.run_parameters import SourceName as Source
from contracts.traffic import TrafficMode

__all__ = [
    "Action",
    "AirflowPart",
    "AirflowState",
    "Architecture",
    "AsyncClient",
    "BatchItem",
    "CalibrationMeasure",
    "Channel",
    "ChannelMove",
    "ClassLabel",
    "ClassMetrics",
    "Client",
    "ClientError",
    "Comparison",
    "ConflictError",
    "Dataset",
    "DatasetCheck",
    "DatasetDrift",
    "DatasetManifest",
    "DatasetReport",
    "Decision",
    "DecisionShares",
    "Drift",
    "Duplicates",
    "Evaluation",
    "Excluded",
    "ExportMeasure",
    "FeedbackImage",
    "FeedbackItem",
    "FeedbackPage",
    "FeedbackReceipt",
    "FeedbackStatus",
    "File",
    "GateCheck",
    "GatewayUnreachableError",
    "HealthPart",
    "Histogram",
    "ImageRefusedError",
    "Interval",
    "LogLine",
    "Metrics",
    "ModelChannels",
    "ModelDetail",
    "ModelInfo",
    "ModelList",
    "ModelSummary",
    "NotAllowedError",
    "NotFoundError",
    "Outcome",
    "PipelineHealth",
    "PipelineRun",
    "PipelineTask",
    "Prediction",
    "Problem",
    "ProblemError",
    "Psi",
    "QuarantinedVersion",
    "RankedClass",
    "Readiness",
    "ReliabilityBin",
    "Replica",
    "RequestRefusedError",
    "RiskPoint",
    "RobustnessMeasure",
    "RunList",
    "RunRequest",
    "RunSchema",
    "RunState",
    "RunSummary",
    "RunTimeoutError",
    "SkinTones",
    "SliceMeasure",
    "Source",
    "Split",
    "StartingWeights",
    "SupportMeasure",
    "TaskLogs",
    "TemporarilyUnavailableError",
    "Thresholds",
    "Timing",
    "Traffic",
    "TrafficMode",
    "UnexpectedAnswerError",
    "UnreadableVersion",
    "Verdict",
    "VersionDetail",
    "VersionSummary",
]
