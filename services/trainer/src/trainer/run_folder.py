"""What a finished run keeps: all that it takes to export, calibrate and judge it without training again."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contracts import keys
from contracts.run import RunManifest
from objectstore import ObjectStore
from trainer.weights import Arrays

BACKBONE_FILE = "backbone.npz"
HEAD_FILE = "head.npz"
HISTORY_FILE = "history.jsonl"

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class TrainedHead:
    """The trained layer, and the embeddings by which it is calibrated; K classes, D values, V validation images."""

    kernel: Floats
    """[D, K]"""
    bias: Floats
    """[K]"""
    prototypes: Floats
    """[P, D], unit length: typical embeddings of the training images."""
    validation_embeddings: Floats
    """[V, D]"""
    validation_labels: npt.NDArray[np.int64]
    """[V], indices into the classes."""


def write_run(folder: Path, backbone: Arrays, head: TrainedHead) -> None:
    """Write a run's files into `folder`."""
    with (folder / BACKBONE_FILE).open("wb") as file:
        np.savez(file, allow_pickle=False, **backbone)
    with (folder / HEAD_FILE).open("wb") as file:
        np.savez(file, allow_pickle=False, **{f.name: getattr(head, f.name) for f in fields(TrainedHead)})


def load_run(store: ObjectStore, run: RunManifest, folder: Path) -> tuple[Arrays, TrainedHead]:
    """Download and verify a run's files and read them: the backbone's weights and the head.

    Raises:
        IntegrityError: if a file isn't the one the manifest names.
    """
    for entry in run.files:
        key = f"{keys.run(run.run_id)}/{entry.path}"
        store.download(key, folder / entry.path, sha256=entry.sha256, size=entry.size)
    with np.load(folder / BACKBONE_FILE) as file:
        backbone = dict(file)
    with np.load(folder / HEAD_FILE) as file:
        return backbone, TrainedHead(**file)
