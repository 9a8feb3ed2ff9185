"""Where a run that was killed goes on: the state after an epoch, in the store; gone once the run is finished.

A checkpoint is two objects, the arrays and, written after them, what they are and their hash. What is damaged or
half-written is passed over for the one before, and at worst for the beginning: the result is the same.
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts import keys
from contracts.manifest import Document, Sha256
from contracts.steps import say
from objectstore import ObjectStore, StoreError, read_document
from trainer.fit.journal import Epoch

State = Mapping[str, npt.NDArray[Any]]

INTERVAL_S = 5.0
"""Epochs of a phase are kept at most so often; its last one always is."""


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    phase: str
    epoch: int
    """The last one that has ended."""
    finished: bool
    state: State
    """Weights and optimiser after it."""
    best: State
    """Weights of the best epoch of all phases so far."""
    best_rank: tuple[float, float]
    best_epoch: int
    epochs: tuple[Epoch, ...]
    """Of all phases so far."""


class CheckpointIndex(Document):
    """What a checkpoint holds beside its arrays."""

    phase: str
    epoch: int
    finished: bool
    best_rank: tuple[float, float]
    best_epoch: int
    epochs: tuple[dict[str, Any], ...]
    sha256: Sha256


class Checkpoints:
    """The checkpoints of one run. Only the newest is kept."""

    def __init__(self, store: ObjectStore, run_id: str) -> None:
        self._store = store
        self._folder = keys.checkpoints(run_id)
        self._saved_at = 0.0

    def save(self, standing: Standing) -> None:
        """Keep this standing, unless another was kept a moment ago and the phase goes on."""
        if not standing.finished and time.monotonic() - self._saved_at < INTERVAL_S:
            return
        stream = BytesIO()
        parts = {"state": standing.state, "best": standing.best}
        arrays = {f"{part}/{name}": values for part, named in parts.items() for name, values in named.items()}
        np.savez(stream, allow_pickle=False, **arrays)
        body = stream.getvalue()
        index = CheckpointIndex(
            phase=standing.phase,
            epoch=standing.epoch,
            finished=standing.finished,
            best_rank=standing.best_rank,
            best_epoch=standing.best_epoch,
            epochs=tuple(asdict(epoch) for epoch in standing.epochs),
            sha256=hashlib.sha256(body).hexdigest(),
        )
        earlier = self._names()
        # sorts by how far the run is, whatever the phases are called
        name = f"{self._folder}/{len(standing.epochs):06d}"
        self._store.put(f"{name}.npz", body)
        self._store.put(f"{name}.json", index.to_json(), content_type="application/json")
        self._saved_at = time.monotonic()
        self._delete(key for key in earlier if not key.startswith(name))

    def load(self) -> Standing | None:
        for key in sorted((key for key in self._names() if key.endswith(".json")), reverse=True):
            try:
                index = read_document(self._store, key, CheckpointIndex)
                body = self._store.get(f"{key.removesuffix('.json')}.npz").body
            except (StoreError, ValueError) as error:
                say(f"passing over a checkpoint: {error}")
                continue
            if hashlib.sha256(body).hexdigest() != index.sha256:
                say(f"passing over a checkpoint: {self._store.uri(key)} doesn't fit its arrays")
                continue
            with np.load(BytesIO(body), allow_pickle=False) as file:
                arrays = dict(file)
            return Standing(
                phase=index.phase,
                epoch=index.epoch,
                finished=index.finished,
                state=_part(arrays, "state/"),
                best=_part(arrays, "best/"),
                best_rank=index.best_rank,
                best_epoch=index.best_epoch,
                epochs=tuple(Epoch(**epoch) for epoch in index.epochs),
            )
        return None

    def clear(self) -> None:
        self._delete(self._names())

    def _names(self) -> list[str]:
        return [info.key for info in self._store.walk(f"{self._folder}/")]

    def _delete(self, names: Any) -> None:
        # the index goes first, so that no index ever names arrays that are gone
        for key in sorted(names, key=lambda key: key.endswith(".npz")):
            self._store.delete(key)


def _part(arrays: State, prefix: str) -> State:
    return {name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)}
