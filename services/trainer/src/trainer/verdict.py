"""What an export is worth: its measure on the test images, production's beside it, and the gate's checks."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from contracts.dataset import DatasetItem
from contracts.run import GateCheck, Metrics, RunManifest
from objectstore import ObjectStore
from trainer.channels import read_channels
from trainer.exported import look
from trainer.gate import check_against_production, check_exports, check_quality, nothing_to_compare
from trainer.metrics import measure
from trainer.production import in_order_of, load_production, new_to, why_incomparable


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What the measuring gave."""

    metrics: Metrics
    production_version: int | None
    production_metrics: Metrics | None
    """None where production is no yardstick, or there is none."""
    sound: bool
    """Whether the exported files may have a version number."""
    checks: tuple[GateCheck, ...]
    golden: npt.NDArray[np.float32]
    """[G, K], what the LiteRT file says of the golden pictures."""

    @property
    def accepted(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)


def reach_verdict(
    store: ObjectStore, run: RunManifest, tests: Sequence[DatasetItem], folder: Path, model: str
) -> Verdict:
    """Judge exported files, and the version in production on the same images by the same code.

    Args:
        store: holds the images and the version in production.
        run: what was exported.
        tests: the test images of its dataset.
        folder: holds the exported files.
        model: under which name production is looked up.

    Raises:
        StoreError: if an image or the version in production is missing or damaged.
        UnusableModelError: if a LiteRT file can't be run.
    """
    classes = [each.name for each in run.classes]
    labels = np.array([classes.index(item.label) for item in tests])
    groups = np.array([item.group for item in tests])
    version = read_channels(store, model).value.production
    incomparable: str | None = "no version is in production yet"
    new = np.ones(len(tests), dtype=np.bool_)
    with ExitStack() as stack:
        production = None
        if version is not None:
            local = Path(stack.enter_context(TemporaryDirectory()))
            production = stack.enter_context(load_production(store, model, version, local))
            new = new_to(store, production.description, tests)
            incomparable = why_incomparable(production.description, classes, tests, new)
        yardstick = production if incomparable is None else None
        seen = look(store, tests, folder, len(classes), yardstick)
    metrics = measure(seen.litert, labels, groups.tolist(), classes)
    sound = check_exports(seen.litert, seen.saved_model, seen.golden_litert, seen.golden_saved_model)
    checks = [*sound, *check_quality(metrics)]
    theirs: Metrics | None = None
    if yardstick is None or seen.production is None or version is None:
        checks.append(nothing_to_compare(str(incomparable)))
    else:
        ordered = in_order_of(classes, yardstick.description, seen.production)
        theirs = measure(ordered[new], labels[new], groups[new].tolist(), classes)
        ours = measure(seen.litert[new], labels[new], groups[new].tolist(), classes)
        checks.append(check_against_production(ours, version, theirs))
    return Verdict(
        metrics=metrics,
        production_version=version,
        production_metrics=theirs,
        sound=all(check.passed for check in sound),
        checks=tuple(checks),
        golden=seen.golden_litert,
    )
