"""A published model version: `model.json`, which travels with the graph, and the version's manifest."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from contracts.manifest import ClassLabel, Contract, Document, FileEntry, Fraction, Slug
from contracts.measures import ExportMeasure
from contracts.models.drift import Reference
from contracts.run import Metrics, StartingWeights

Version = Annotated[int, Field(ge=1, lt=2**31)]


class Thresholds(Contract):
    """Below which values a prediction isn't given as an answer."""

    uncertain: Fraction
    """Lowest top probability (calibrated) that is called confident."""
    unsupported: float
    """Lowest support at which an image still looks like what the model was trained on."""


class ModelDescription(Document):
    """`model.json`: all that a server or a person needs to know about a version."""

    name: Slug
    version: Version
    classes: Annotated[tuple[ClassLabel, ...], Field(min_length=2)]
    """In the order of the probabilities."""
    input_size: int = 224
    preprocessing: str
    """Identifier of the bytes → pixels function, `imaging.PREPROCESSING`."""
    temperature: Annotated[float, Field(gt=0)]
    """Logits are divided by it before the softmax (arXiv:1706.04599)."""
    thresholds: Thresholds
    golden: tuple[tuple[float, ...], ...]
    """Probabilities for the pictures of `imaging.golden_pixels()`, for a server to prove itself with."""
    synthetic: bool
    notice: str
    dataset_id: str
    run_id: str
    trained_at: AwareDatetime
    git_commit: str | None
    libraries: dict[str, str]
    weights: StartingWeights
    metrics: Metrics
    reference: Reference | None = None
    """How the version answered on its validation images; None in versions older than this field."""
    exports: tuple[ExportMeasure, ...] = ()
    """The files beside this one that hold the model: size, speed, agreement."""


class VersionManifest(Document):
    """Written last: a version folder without it doesn't exist."""

    name: Slug
    version: Version
    created_at: AwareDatetime
    run_id: str
    files: tuple[FileEntry, ...]


class VersionClaim(Document):
    """Who holds a version number while its files are being written."""

    run_id: str


SAVED_MODEL_FOLDER = "saved_model"
LITERT_FILE = "model.tflite"
LITERT_INT8_FILE = "model.int8.tflite"
DESCRIPTION_FILE = "model.json"
CARD_FILE = "model_card.md"
