"""Whether people ask about other pictures than the model was validated on: the summaries of predictions against it.

The DAG Drift-Check runs it (`gateway drift`); the gateway itself only reads the result.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from contracts import keys
from contracts.manifest import InvalidManifestError, utc_now
from contracts.models.drift import (
    DRIFTED,
    ENOUGH,
    Counts,
    DriftReport,
    Histogram,
    Psi,
    Reference,
    population_stability_index,
)
from contracts.models.version import DESCRIPTION_FILE, ModelDescription
from contracts.steps import NothingNewError, say
from gateway.drift.batches import SUFFIXES, UnreadableSummariesError, read_batch
from objectstore import ObjectNotFoundError, ObjectStore, read_document
from objectstore.channels import read_channels

DAYS = 7
"""How far back predictions count."""
READERS = 16
"""Files read at a time; a store far away takes its time for each."""

Numbers = npt.NDArray[np.float32]


def measure_step(store: ObjectStore, model: str) -> dict[str, object]:
    report = measure(store, model)
    store.put(keys.drift(model), report.to_json(), content_type="application/json")
    return report.model_dump(mode="json", exclude={"schema_version", "measured_at"})


def measure(store: ObjectStore, model: str, *, today: date | None = None) -> DriftReport:
    """Compare the last days' predictions of the version in production with its validation images."""
    description = _production(store, model)
    today = today or datetime.now(UTC).date()
    with ThreadPoolExecutor(READERS, thread_name_prefix="read") as readers:
        days = [_Day(store, description, today - timedelta(days=back), over=back > 1) for back in range(DAYS + 1)]
        counts = _sum((day.counts(readers) for day in days), description.reference)
    psi = _psi(description.reference, counts)
    beyond = any(value is not None and value >= DRIFTED for value in psi.model_dump().values())
    return DriftReport(
        model=model,
        version=description.version,
        predictions=counts.predictions,
        psi=psi,
        drifted=beyond and counts.predictions >= ENOUGH,
        measured_at=utc_now(),
    )


@dataclass(frozen=True, slots=True)
class _Day:
    """One version's predictions of one day; a busy gateway writes a file of them each minute."""

    store: ObjectStore
    description: ModelDescription
    day: date
    over: bool
    """Whether no more can come; then it's counted once for all."""

    def counts(self, readers: Executor) -> Counts:
        name, reference = self.description.name, self.description.reference
        counted = keys.predictions_counted(name, self.day, self.description.version)
        known = self._known(counted) if self.over else None
        if known is not None:
            return known
        files = [entry.key for entry in self.store.walk(keys.predictions_on(name, self.day))]
        batches = [key for key in files if key.endswith(SUFFIXES)]
        counts = _sum(readers.map(self._of_batch, batches), reference)
        if self.over and batches:
            self.store.put(counted, counts.to_json(), content_type="application/json")
        return counts

    def _known(self, key: str) -> Counts | None:
        try:
            known = read_document(self.store, key, Counts)
        except (ObjectNotFoundError, InvalidManifestError):
            return None
        empty = _empty(self.description.reference)
        fits = [len(known.confidence), len(known.brightness)] == [len(empty.confidence), len(empty.brightness)]
        return known if fits else None

    def _of_batch(self, key: str) -> Counts:
        reference = self.description.reference
        try:
            rows = read_batch(key, self.store.get(key).body)
            mine = [row for row in rows if row["version"] == self.description.version]
            labels = [row["label"] for row in mine if row["label"]]
            confidence, brightness = ([float(row[name]) for row in mine] for name in ("confidence", "brightness"))
        except (ObjectNotFoundError, UnreadableSummariesError, KeyError, TypeError, ValueError) as error:
            say(f"left out: {key}: {error}")
            return _empty(reference)
        return _count(reference, labels, np.array(confidence, np.float32), np.array(brightness, np.float32))


def _empty(reference: Reference | None) -> Counts:
    nothing = np.empty(0, np.float32)
    return _count(reference, [], nothing, nothing)


def _count(reference: Reference | None, labels: Sequence[str], confidence: Numbers, brightness: Numbers) -> Counts:
    return Counts(
        predictions=len(confidence),
        classes=Counter(labels),
        confidence=_bin_counts(reference.confidence, confidence) if reference else (),
        brightness=_bin_counts(reference.brightness, brightness) if reference else (),
    )


def _sum(counts: Iterable[Counts], reference: Reference | None) -> Counts:
    parts = [_empty(reference), *counts]
    return Counts(
        predictions=sum(part.predictions for part in parts),
        classes=sum((Counter(part.classes) for part in parts), Counter[str]()),
        confidence=tuple(map(sum, zip(*(part.confidence for part in parts), strict=True))),
        brightness=tuple(map(sum, zip(*(part.brightness for part in parts), strict=True))),
    )


def _production(store: ObjectStore, model: str) -> ModelDescription:
    number = read_channels(store, model).production
    if number is None:
        message = f"no version of {model!r} is in production, so there is nothing to compare with"
        raise NothingNewError(message, {"model": model})
    return read_document(store, f"{keys.version(model, number)}/{DESCRIPTION_FILE}", ModelDescription)


def _psi(reference: Reference | None, counts: Counts) -> Psi:
    if reference is None or not counts.predictions:
        return Psi(confidence=None, classes=None, brightness=None)
    labels = sorted(set(reference.classes) | set(counts.classes))
    expected = [reference.classes.get(label, 0.0) for label in labels]
    actual = [counts.classes.get(label, 0) for label in labels]
    return Psi(
        confidence=round(population_stability_index(reference.confidence.shares, counts.confidence), 4),
        classes=round(population_stability_index(expected, actual), 4),
        brightness=round(population_stability_index(reference.brightness.shares, counts.brightness), 4),
    )


def _bin_counts(expected: Histogram, values: Numbers) -> tuple[int, ...]:
    """How many values are in each bin; those beyond the outer edges count in the outer bins."""
    inner = np.digitize(values, expected.edges[1:-1])
    return tuple(np.bincount(inner, minlength=len(expected.shares)).tolist())
