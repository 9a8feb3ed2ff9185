"""What a finished run keeps: all that it takes to export, calibrate and judge it without training again.

- `backbone.npz`: the whole backbone's weights as they are after training, tuned blocks included; `build_backbone` makes
  the network of them and of the manifest's `settings.architecture`.
- `head.npz`: the fields of `TrainedHead`. Its embeddings are those of this very backbone, averaged over the 7×7 maps.
- `history.jsonl`: a line for each epoch of each phase (`journal.Epoch`).
- `tensorboard/`: the same as TensorBoard's logs.

Embeddings are kept with 16 bits on the way, so they equal the exported graph's to about one part in a thousand.
"""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contracts import keys
from contracts.run import RunManifest
from objectstore import ObjectStore
from trainer.network.weights import Arrays

BACKBONE_FILE = "backbone.npz"
HEAD_FILE = "head.npz"
HISTORY_FILE = "history.jsonl"
LOGS_FOLDER = "tensorboard"
KEPT_TRAIN_IMAGES = 2_000
"""Enough to describe what the training images look like; 10 MB at most."""

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
    """[V, D], in the order of the dataset's validation items."""
    validation_labels: npt.NDArray[np.int64]
    """[V], indices into the classes."""
    train_embeddings: Floats
    """[T, D], of at most `KEPT_TRAIN_IMAGES` unaltered training images, drawn by the seed; for a support score."""
    train_labels: npt.NDArray[np.int64]
    """[T], indices into the classes."""


def write_run(folder: Path, backbone: Arrays, head: TrainedHead) -> None:
    with (folder / BACKBONE_FILE).open("wb") as file:
        np.savez(file, allow_pickle=False, **backbone)
    with (folder / HEAD_FILE).open("wb") as file:
        np.savez(file, allow_pickle=False, **{f.name: getattr(head, f.name) for f in fields(TrainedHead)})


def load_run(store: ObjectStore, run: RunManifest, folder: Path) -> tuple[Arrays, TrainedHead]:
    """Download and verify a run's files and read them: the backbone's weights and the head."""
    for entry in run.files:
        key = f"{keys.run(run.run_id)}/{entry.path}"
        store.download(key, folder / entry.path, sha256=entry.sha256, size=entry.size)
    with np.load(folder / BACKBONE_FILE) as file:
        backbone = dict(file)
    with np.load(folder / HEAD_FILE) as file:
        head = dict(file)
    # runs of before they were kept
    head.setdefault("train_embeddings", np.zeros((0, len(head["kernel"])), np.float32))
    head.setdefault("train_labels", np.zeros(0, np.int64))
    return backbone, TrainedHead(**head)
