"""A model version: its number, its folder (the exported files, `model.json`, `model_card.md`), and its publishing.

A number is claimed before anything is written under it, so no two runs ever share one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contracts import keys
from contracts.dataset import DatasetManifest, Split
from contracts.manifest import FileEntry, utc_now
from contracts.models.decisions import NOTICE
from contracts.models.version import CARD_FILE, DESCRIPTION_FILE, ModelDescription, VersionClaim, VersionManifest
from contracts.run import Evaluation
from contracts.snapshot import SnapshotManifest
from objectstore import ObjectStore, PreconditionFailedError, load_document, publish_folder, read_document
from trainer.pages import render

GOLDEN_DIGITS = 6


def claim_version(store: ObjectStore, model: str, run_id: str) -> int:
    """The number under which this run publishes: the one it claimed before, else the next that is free."""
    numbers = sorted((int(name) for name in store.folders(keys.versions(model))), reverse=True)
    mine = next((number for number in numbers if _claimant(store, model, number) == run_id), None)
    if mine is not None:
        return mine
    number = 1 + max(numbers, default=0)
    while not _claim(store, model, number, run_id):
        number += 1
    return number


def golden_rows(probabilities: npt.NDArray[np.float32]) -> tuple[tuple[float, ...], ...]:
    """[G, K] predictions of the golden pictures as they stand in `ModelDescription.golden`."""
    return tuple(tuple(round(float(p), GOLDEN_DIGITS) for p in row) for row in probabilities)


def describe(
    folder: Path,
    description: ModelDescription,
    counts: Mapping[str, Mapping[Split, int]],
    evaluation: Evaluation | None = None,
    licences: Sequence[str] = (),
) -> None:
    """Write `model.json` and `model_card.md` beside the exported files; `counts` are by class and split."""
    (folder / DESCRIPTION_FILE).write_bytes(description.to_json())
    card = render(
        "model_card.md.j2",
        model=description,
        counts=counts,
        splits=tuple(Split),
        diagnosis=NOTICE,
        evaluation=evaluation,
        licences=licences,
    )
    (folder / CARD_FILE).write_text(card)


def publish(store: ObjectStore, folder: Path, description: ModelDescription) -> str:
    """Upload a version folder, manifest last; the manifest's URI."""

    def manifest(files: tuple[FileEntry, ...]) -> VersionManifest:
        return VersionManifest(
            name=description.name,
            version=description.version,
            created_at=utc_now(),
            run_id=description.run_id,
            files=files,
        )

    return publish_folder(store, keys.version(description.name, description.version), folder, manifest)


def licences_of(store: ObjectStore, dataset: DatasetManifest) -> tuple[str, ...]:
    """Those of the dataset's snapshots, the most frequent first; snapshots that are gone are passed over."""
    found: Counter[str] = Counter()
    for uri in dataset.snapshots:
        if store.head(keys.parse_uri(uri).key) is not None:
            found.update(image.licence for image in load_document(store, uri, SnapshotManifest).images)
    return tuple(licence for licence, _ in found.most_common())


def _claim(store: ObjectStore, model: str, number: int, run_id: str) -> bool:
    key, claim = keys.version_claim(model, number), VersionClaim(run_id=run_id)
    try:
        store.put(key, claim.to_json(), content_type="application/json", if_absent=True)
    except PreconditionFailedError:
        # two evaluations of one run may race, too
        return _claimant(store, model, number) == run_id
    return True


def _claimant(store: ObjectStore, model: str, number: int) -> str | None:
    key = keys.version_claim(model, number)
    return None if store.head(key) is None else read_document(store, key, VersionClaim).run_id
