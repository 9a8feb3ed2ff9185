"""Whether people ask about other pictures than the model was validated on: the summaries of predictions against it.

Run in a process of its own (`gateway drift`), since it reads Parquet.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from contracts import keys
from contracts.channels import Channels
from contracts.drift import DRIFTED, ENOUGH, Counts, Histogram, Reference, population_stability_index
from contracts.manifest import InvalidManifestError
from contracts.model import DESCRIPTION_FILE, ModelDescription
from contracts.steps import InvalidInputError, say
from gateway.drift.summary_file import UnreadableSummariesError, from_parquet
from objectstore import ObjectNotFoundError, ObjectStore, read_document

DAYS = 7
"""How far back predictions count."""
READERS = 16
"""Files read at a time; a store far away takes its time for each."""

Numbers = npt.NDArray[np.float32]


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
    today = today or datetime.now(UTC).date()
    with ThreadPoolExecutor(READERS, thread_name_prefix="read") as readers:
        days = [_Day(store, description, today - timedelta(days=back), over=back > 1) for back in range(DAYS + 1)]
        counts = _sum((day.counts(readers) for day in days), description.reference)
    psi = _psi(description.reference, counts)
    beyond = any(value is not None and value >= DRIFTED for value in psi.values())
    drifted = beyond and counts.predictions >= ENOUGH
    return Drift(model, description.version, counts.predictions, psi, drifted)


@dataclass(frozen=True, slots=True)
class _Day:
    """One version's predictions of one day; a busy gateway writes a file of them each minute."""

    store: ObjectStore
    description: ModelDescription
    day: date
    over: bool
    """Whether no more can come; then it's counted once for all."""

    def counts(self, readers: Executor) -> Counts:
        """How many there were of each kind."""
        name, reference = self.description.name, self.description.reference
        counted = keys.predictions_counted(name, self.day, self.description.version)
        known = self._known(counted) if self.over else None
        if known is not None:
            return known
        files = [entry.key for entry in self.store.walk(keys.predictions_on(name, self.day))]
        batches = [key for key in files if key.endswith(".parquet")]
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
            batch = from_parquet(self.store.get(key).body)
        except (ObjectNotFoundError, UnreadableSummariesError) as error:
            say(f"left out: {key}: {error}")
            return _empty(reference)
        mine = batch["version"].to_numpy() == self.description.version
        labels = [label for label, counts in zip(batch["label"].to_pylist(), mine, strict=True) if counts and label]
        return _counted(reference, labels, *(batch[name].to_numpy()[mine] for name in ("confidence", "brightness")))


def _empty(reference: Reference | None) -> Counts:
    nothing = np.empty(0, np.float32)
    return _counted(reference, [], nothing, nothing)


def _counted(reference: Reference | None, labels: Sequence[str], confidence: Numbers, brightness: Numbers) -> Counts:
    return Counts(
        predictions=len(confidence),
        classes=Counter(labels),
        confidence=_binned(reference.confidence, confidence) if reference else (),
        brightness=_binned(reference.brightness, brightness) if reference else (),
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
    try:
        number = read_document(store, keys.channels(model), Channels).production
    except ObjectNotFoundError:
        number = None
    if number is None:
        raise InvalidInputError(f"no version of {model!r} is in production, so there is nothing to compare with")
    return read_document(store, f"{keys.version(model, number)}/{DESCRIPTION_FILE}", ModelDescription)


def _psi(reference: Reference | None, counts: Counts) -> dict[str, float | None]:
    if reference is None or not counts.predictions:
        return {"confidence": None, "classes": None, "brightness": None}
    labels = sorted(set(reference.classes) | set(counts.classes))
    expected = [reference.classes.get(label, 0.0) for label in labels]
    indices = {
        "confidence": population_stability_index(reference.confidence.shares, counts.confidence),
        "classes": population_stability_index(expected, [counts.classes.get(label, 0) for label in labels]),
        "brightness": population_stability_index(reference.brightness.shares, counts.brightness),
    }
    return {name: round(value, 4) for name, value in indices.items()}


def _binned(expected: Histogram, values: Numbers) -> tuple[int, ...]:
    """How many values are in each bin; those beyond the outer edges count in the outer bins."""
    inner = np.digitize(values, expected.edges[1:-1])
    return tuple(np.bincount(inner, minlength=len(expected.shares)).tolist())
