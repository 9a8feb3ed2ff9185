"""Whether people ask about other pictures than the model was validated on: the summaries of predictions against it.

Run in a process of its own (`gateway drift`), since it reads Parquet.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self

import numpy as np
import numpy.typing as npt
from arro3.core import Table

from contracts import keys
from contracts.channels import Channels
from contracts.drift import DRIFTED, Histogram, Reference, population_stability_index
from contracts.model import DESCRIPTION_FILE, ModelDescription
from contracts.steps import InvalidInputError
from gateway.summary_file import from_parquet
from objectstore import ObjectNotFoundError, ObjectStore, read_document

DAYS = 7
"""How far back predictions count."""
ENOUGH = 100
"""With fewer predictions the index is mostly chance."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How far the predictions of one version are from its validation images."""

    model: str
    version: int
    predictions: int
    psi: dict[str, float | None]
    """Population stability index of confidence, classes and brightness; None where there is nothing to compare."""
    drifted: bool
    """Whether one of them says that this is another population, and there are enough predictions to say so."""


def measure(store: ObjectStore, model: str, *, today: date | None = None) -> Drift:
    """Compare the last days' predictions of the version in production with its validation images.

    Raises:
        InvalidInputError: if nothing is in production.
        StoreError: if the store can't be reached.
    """
    description = _production(store, model)
    since = (today or datetime.now(UTC).date()) - timedelta(days=DAYS)
    rows = _Rows.of(_batches(store, model, since), description.version)
    psi = _psi(description.reference, rows)
    beyond = any(value is not None and value >= DRIFTED for value in psi.values())
    return Drift(model, description.version, len(rows), psi, drifted=beyond and len(rows) >= ENOUGH)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The columns that count, of one version's predictions."""

    labels: list[str]
    confidence: npt.NDArray[np.float32]
    brightness: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def of(cls, batches: Iterable[Table], version: int) -> Self:
        labels: list[str] = []
        confidence, brightness = ([np.empty(0, np.float32)] for _ in range(2))
        for batch in batches:
            chosen = batch["version"].to_numpy() == version
            labels += np.array(batch["label"].to_pylist(), object)[chosen].tolist()
            confidence.append(batch["confidence"].to_numpy()[chosen])
            brightness.append(batch["brightness"].to_numpy()[chosen])
        return cls(labels, np.concatenate(confidence), np.concatenate(brightness))


def _production(store: ObjectStore, model: str) -> ModelDescription:
    try:
        number = read_document(store, keys.channels(model), Channels).production
    except ObjectNotFoundError:
        number = None
    if number is None:
        raise InvalidInputError(f"no version of {model!r} is in production, so there is nothing to compare with")
    return read_document(store, f"{keys.version(model, number)}/{DESCRIPTION_FILE}", ModelDescription)


def _batches(store: ObjectStore, model: str, since: date) -> Iterator[Table]:
    """Those written on a day or later."""
    for entry in store.walk(keys.predictions(model)):
        if entry.key >= keys.predictions_of(model, since, ""):
            yield from_parquet(store.get(entry.key).body)


def _psi(reference: Reference | None, rows: _Rows) -> dict[str, float | None]:
    if reference is None or not len(rows):
        return {"confidence": None, "classes": None, "brightness": None}
    labels = sorted(set(reference.classes) | set(rows.labels))
    return {
        "confidence": _of_numbers(reference.confidence, rows.confidence),
        "classes": round(
            population_stability_index(
                [reference.classes.get(label, 0.0) for label in labels], [rows.labels.count(label) for label in labels]
            ),
            4,
        ),
        "brightness": _of_numbers(reference.brightness, rows.brightness),
    }


def _of_numbers(expected: Histogram, values: npt.NDArray[np.float32]) -> float:
    """Values beyond the outer edges count in the outer bins."""
    inner = np.digitize(values, expected.edges[1:-1])
    counts = np.bincount(inner, minlength=len(expected.shares))
    return round(population_stability_index(expected.shares, counts.tolist()), 4)
