"""How versions are loaded: which engine, how precise, for how many workers. Imports nothing heavy."""

from dataclasses import dataclass
from enum import StrEnum


class EngineName(StrEnum):
    """Which implementation."""

    LITERT = "litert"
    """`model.tflite` in LiteRT, one single-threaded interpreter per core."""
    SAVEDMODEL = "savedmodel"
    """The SavedModel in TensorFlow, which is imported only then."""


class Precision(StrEnum):
    """Of LiteRT's weights and activations."""

    FLOAT = "float"
    INT8 = "int8"
    """`model.int8.tflite`; a version without that file is served in float."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How versions are loaded."""

    engine: EngineName = EngineName.LITERT
    precision: Precision = Precision.FLOAT
    workers: int = 1
    """Threads that will call `run`, numbered from 0."""
