"""A version folder: the exported files, `model.json` and `model_card.md`, and its publishing."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contracts import keys
from contracts.dataset import Split
from contracts.decisions import NOTICE
from contracts.manifest import FileEntry, utc_now
from contracts.model import CARD_FILE, DESCRIPTION_FILE, ModelDescription, VersionManifest
from contracts.run import Evaluation
from objectstore import ObjectStore, publish_folder
from trainer.pages import render

GOLDEN_DIGITS = 6


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
    """Write `model.json` and `model_card.md` beside the exported files.

    Args:
        folder: the version folder.
        description: all that is known of the version.
        counts: images by class and split of the dataset it was trained on.
        evaluation: how it was judged, where it was.
        licences: of the images it was trained on.
    """
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
    """Upload a version folder, manifest last.

    Returns:
        The manifest's URI.
    """

    def manifest(files: tuple[FileEntry, ...]) -> VersionManifest:
        return VersionManifest(
            name=description.name,
            version=description.version,
            created_at=utc_now(),
            run_id=description.run_id,
            files=files,
        )

    return publish_folder(store, keys.version(description.name, description.version), folder, manifest)
