"""Published versions without a graph, in milliseconds: for those who read of a version and never ask it."""

import hashlib

from contracts import keys
from contracts.manifest import ClassLabel, FileEntry, utc_now
from contracts.models.version import CARD_FILE, DESCRIPTION_FILE, ModelDescription, Thresholds, VersionManifest
from contracts.run import ClassMetrics, Interval, Metrics, StartingWeights
from imaging import PREPROCESSING
from objectstore import ObjectStore

CLASSES = ("acne-pustular", "acne-cystic", "rosacea", "milia")


def describe(number: int) -> ModelDescription:
    """What `model.json` of version `number` says."""
    interval = Interval(value=0.5, low=0.4, high=0.6)
    figures = ClassMetrics(precision=0.5, recall=0.5, f1=0.5, support=1)
    metrics = Metrics(
        test_images=len(CLASSES),
        test_groups=len(CLASSES),
        macro_f1=interval,
        accuracy=interval,
        expected_calibration_error=0.1,
        per_class=dict.fromkeys(CLASSES, figures),
        confusion=tuple(tuple(int(row == column) for column in range(len(CLASSES))) for row in range(len(CLASSES))),
    )
    return ModelDescription(
        name="acne",
        version=number,
        classes=tuple(ClassLabel(name=name, display_name=name.replace("-", " ").capitalize()) for name in CLASSES),
        preprocessing=PREPROCESSING,
        temperature=1.5,
        thresholds=Thresholds(uncertain=0.4, unsupported=0.8),
        golden=((0.25,) * len(CLASSES),),
        synthetic=True,
        notice="Nothing: no graph at all, for tests.",
        dataset_id="0" * 16,
        run_id=f"described-{number}",
        trained_at=utc_now(),
        git_commit=None,
        libraries={},
        weights=StartingWeights(source="none", name="random", sha256=None),
        metrics=metrics,
    )


def publish_described(store: ObjectStore, number: int) -> ModelDescription:
    """Publish it with its card, manifest last; no channel points to it yet."""
    description = describe(number)
    folder = keys.version(description.name, number)
    files = {DESCRIPTION_FILE: description.to_json(), CARD_FILE: b"# A model for tests\n"}
    for name, body in files.items():
        store.put(f"{folder}/{name}", body)
    entries = tuple(
        FileEntry(path=name, sha256=hashlib.sha256(body).hexdigest(), size=len(body)) for name, body in files.items()
    )
    manifest = VersionManifest(
        name=description.name, version=number, created_at=utc_now(), run_id=description.run_id, files=entries
    )
    store.put(keys.manifest(folder), manifest.to_json())
    return description
