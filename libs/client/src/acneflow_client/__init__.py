"""The typed Python client of the gateway's REST API: the one way in which the page and the commands speak to it.

Start with `client.Client`, or `aio.AsyncClient` for asyncio. What they can do is described in `calls`; what they return
is the gateway's own definition of it (`contracts.api`); what they raise stands in `errors`. `X as X` marks
a name as public (PEP 484).
"""

from acneflow_client.aio import AsyncClient as AsyncClient
from acneflow_client.client import Client as Client
from acneflow_client.errors import ClientError as ClientError
from acneflow_client.errors import ConflictError as ConflictError
from acneflow_client.errors import GatewayUnreachableError as GatewayUnreachableError
from acneflow_client.errors import ImageRefusedError as ImageRefusedError
from acneflow_client.errors import NotAllowedError as NotAllowedError
from acneflow_client.errors import NotFoundError as NotFoundError
from acneflow_client.errors import ProblemError as ProblemError
from acneflow_client.errors import RequestRefusedError as RequestRefusedError
from acneflow_client.errors import RunTimeoutError as RunTimeoutError
from acneflow_client.errors import TemporarilyUnavailableError as TemporarilyUnavailableError
from acneflow_client.errors import UnexpectedAnswerError as UnexpectedAnswerError
from contracts.api.datasets import Dataset as Dataset
from contracts.api.feedback import FeedbackItem as FeedbackItem
from contracts.api.feedback import FeedbackPage as FeedbackPage
from contracts.api.feedback import FeedbackReceipt as FeedbackReceipt
from contracts.api.feedback import FeedbackStatus as FeedbackStatus
from contracts.api.feedback import StoredPhoto
from contracts.api.models import Action as Action
from contracts.api.models import Channel as Channel
from contracts.api.models import ChannelMove as ChannelMove
from contracts.api.models import ModelChannels as ModelChannels
from contracts.api.models import ModelDetail as ModelDetail
from contracts.api.models import ModelList as ModelList
from contracts.api.models import ModelSummary as ModelSummary
from contracts.api.models import QuarantinedVersion as QuarantinedVersion
from contracts.api.models import Replica as Replica
from contracts.api.models import TrafficRules
from contracts.api.models import UnreadableVersion as UnreadableVersion
from contracts.api.models import Verdict as Verdict
from contracts.api.models import VersionDetail as VersionDetail
from contracts.api.models import VersionSummary as VersionSummary
from contracts.api.predict import BatchItem as BatchItem
from contracts.api.predict import ClassConfidence
from contracts.api.predict import ModelInfo as ModelInfo
from contracts.api.predict import Prediction as Prediction
from contracts.api.predict import Readiness as Readiness
from contracts.api.predict import Timing as Timing
from contracts.api.problems import Problem as Problem
from contracts.api.runs import AirflowPart as AirflowPart
from contracts.api.runs import AirflowState as AirflowState
from contracts.api.runs import HealthPart as HealthPart
from contracts.api.runs import LogLine as LogLine
from contracts.api.runs import Outcome as Outcome
from contracts.api.runs import PipelineHealth as PipelineHealth
from contracts.api.runs import PipelineRun as PipelineRun
from contracts.api.runs import RunList as RunList
from contracts.api.runs import RunSchema as RunSchema
from contracts.api.runs import RunState as RunState
from contracts.api.runs import RunSummary as RunSummary
from contracts.api.runs import TaskLogs as TaskLogs
from contracts.api.runs import TaskStatus
from contracts.dataset import DatasetCheck as DatasetCheck
from contracts.dataset import DatasetDrift as DatasetDrift
from contracts.dataset import DatasetManifest as DatasetManifest
from contracts.dataset import DatasetReport as DatasetReport
from contracts.dataset import Duplicates as Duplicates
from contracts.dataset import Excluded as Excluded
from contracts.dataset import SkinTones as SkinTones
from contracts.dataset import Split as Split
from contracts.manifest import ClassLabel as ClassLabel
from contracts.manifest import FileEntry
from contracts.measures import CalibrationMeasure as CalibrationMeasure
from contracts.measures import Comparison as Comparison
from contracts.measures import DecisionShares as DecisionShares
from contracts.measures import ExportMeasure as ExportMeasure
from contracts.measures import Interval as Interval
from contracts.measures import ReliabilityBin as ReliabilityBin
from contracts.measures import RiskPoint as RiskPoint
from contracts.measures import RobustnessMeasure as RobustnessMeasure
from contracts.measures import SliceMeasure as SliceMeasure
from contracts.measures import SupportMeasure as SupportMeasure
from contracts.models.decisions import Decision as Decision
from contracts.models.drift import DriftReport
from contracts.models.drift import Histogram as Histogram
from contracts.models.drift import Psi as Psi
from contracts.models.traffic import TrafficMode as TrafficMode
from contracts.models.version import Thresholds as Thresholds
from contracts.run import ClassMetrics as ClassMetrics
from contracts.run import Evaluation as Evaluation
from contracts.run import GateCheck as GateCheck
from contracts.run import Metrics as Metrics
from contracts.run import StartingWeights as StartingWeights
from contracts.run_parameters import ArchitectureName, SourceName
from contracts.run_parameters import RunRequest as RunRequest

FeedbackImage = StoredPhoto
Traffic = TrafficRules
RankedClass = ClassConfidence
PipelineTask = TaskStatus
Drift = DriftReport
File = FileEntry
Architecture = ArchitectureName
Source = SourceName
