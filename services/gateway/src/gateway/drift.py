"""Whether people ask about other pictures than the model was validated on: the summaries of predictions against it.

Run in a process of its own (`gateway drift`), since it reads Parquet.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contracts import keys
from contracts.channels import Channels
from contracts.drift import DRIFTED, Histogram, Reference, population_stability_index
from contracts.model import DESCRIPTION_FILE, ModelDescription
from contracts.steps import InvalidInputError
from gateway import summary_file
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
    batches = [
        batch.filter(pc.equal(batch["version"], description.version))
        for batch in summary_file.read(store, model, since)
    ]
    rows = pa.concat_tables(batches) if batches else summary_file.SCHEMA.empty_table()
    psi = _psi(description.reference, rows)
    beyond = any(value is not None and value >= DRIFTED for value in psi.values())
    return Drift(model, description.version, len(rows), psi, drifted=beyond and len(rows) >= ENOUGH)


def _production(store: ObjectStore, model: str) -> ModelDescription:
    try:
        number = read_document(store, keys.channels(model), Channels).production
    except ObjectNotFoundError:
        number = None
    if number is None:
        raise InvalidInputError(f"no version of {model!r} is in production, so there is nothing to compare with")
    return read_document(store, f"{keys.version(model, number)}/{DESCRIPTION_FILE}", ModelDescription)


def _psi(reference: Reference | None, rows: pa.Table) -> dict[str, float | None]:
    if reference is None or not len(rows):
        return {"confidence": None, "classes": None, "brightness": None}
    labels = sorted(set(reference.classes) | set(rows["label"].to_pylist()))
    seen = rows["label"].to_pylist()
    return {
        "confidence": _of_numbers(reference.confidence, rows["confidence"].to_numpy()),
        "classes": round(
            population_stability_index(
                [reference.classes.get(label, 0.0) for label in labels], [seen.count(label) for label in labels]
            ),
            4,
        ),
        "brightness": _of_numbers(reference.brightness, rows["brightness"].to_numpy()),
    }


def _of_numbers(expected: Histogram, values: npt.NDArray[np.float32]) -> float:
    """Values beyond the outer edges count in the outer bins."""
    inner = np.digitize(values, expected.edges[1:-1])
    counts = np.bincount(inner, minlength=len(expected.shares))
    return round(population_stability_index(expected.shares, counts.tolist()), 4)
