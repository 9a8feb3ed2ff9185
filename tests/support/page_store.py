"""A store with everything that the page shows: two judged versions, their dataset with pictures, and its report."""

import hashlib
from dataclasses import dataclass

from contracts import keys
from contracts.dataset import (
    REPORT_FILE,
    DatasetCheck,
    DatasetDrift,
    DatasetManifest,
    DatasetReport,
    Duplicates,
    Excluded,
    SkinTones,
    Split,
)
from contracts.manifest import utc_now
from contracts.measures import (
    CalibrationMeasure,
    Comparison,
    DecisionShares,
    ExportMeasure,
    Interval,
    ReliabilityBin,
    RiskPoint,
    RobustnessMeasure,
    SliceMeasure,
    SupportMeasure,
)
from contracts.models.channels import Channels
from contracts.models.version import ModelDescription
from contracts.run import ClassMetrics, Evaluation, GateCheck, Metrics
from objectstore import ObjectStore
from support.gateway import Backend, Gateway
from support.photos import encoded, quartered

PICTURE = encoded(quartered())


@dataclass(frozen=True)
class Shown:
    """A gateway whose store was filled, and what stands behind it."""

    gateway: Gateway
    backend: Backend
    store: ObjectStore
    picture: str
    """SHA-256 of the dataset's one picture."""


def fill(store: ObjectStore, old: ModelDescription, new: ModelDescription) -> str:
    """Write the evaluations of both versions, the channels, and their dataset; returns the SHA-256 of its picture.

    Args:
        store: where both versions are published.
        old: in production.
        new: the candidate, accepted.
    """
    for description, against in ((old, None), (new, old.version)):
        evaluation = evaluated(description, against)
        store.put(keys.evaluation(description.run_id), evaluation.to_json())
    channels = Channels().with_candidate(old.version, "the first").with_production(old.version, "the first")
    store.put(keys.channels(old.name), channels.with_candidate(new.version, "macro-F1 0.900").to_json())
    return _dataset(store, old)


def evaluated(description: ModelDescription, against: int | None) -> Evaluation:
    """An evaluation with everything measured."""
    score = Interval(value=0.9, low=0.8, high=0.95)
    names = [each.name for each in description.classes]
    per_class = {name: ClassMetrics(precision=0.9, recall=0.9, f1=0.9, support=10) for name in names}
    confusion = tuple(tuple(9 if i == j else int(j == i + 1) for j in range(len(names))) for i in range(len(names)))
    metrics = Metrics(
        test_images=40,
        test_groups=20,
        macro_f1=score,
        accuracy=score,
        expected_calibration_error=0.04,
        per_class=per_class,
        confusion=confusion,
        balanced_accuracy=score,
        top3_accuracy=score,
    )
    bins = tuple(
        ReliabilityBin(low=i / 10, high=(i + 1) / 10, images=i, confidence=i / 10 + 0.05, accuracy=i / 10)
        for i in range(10)
    )
    same = {"images": 40, "macro_f1": 0.9}
    return Evaluation(
        run_id=description.run_id,
        model=description.name,
        version=description.version,
        created_at=utc_now(),
        metrics=metrics,
        production_version=against,
        production_metrics=None,
        checks=(GateCheck(name="macro-f1", passed=True, message="macro-F1 0.900 is at least 0.600"),),
        accepted=True,
        classes=description.classes,
        dataset_id=description.dataset_id,
        synthetic=True,
        comparison=against
        and Comparison(version=against, images=40, groups=20, difference=score, margin=0.02, worse_beyond_margin=0.01),
        calibration=CalibrationMeasure(
            temperature=1.5,
            expected_calibration_error_before=0.11,
            expected_calibration_error=0.04,
            brier_score_before=0.3,
            brier_score=0.2,
            bins_before=bins,
            bins=bins,
        ),
        uncertain_threshold=0.4,
        risk_coverage=tuple(RiskPoint(threshold=1 - i / 20, coverage=i / 20, risk=i / 200) for i in range(1, 21)),
        decisions=DecisionShares(confident=0.8, uncertain=0.15, unsupported=0.05, confident_accuracy=0.97),
        support=SupportMeasure(
            method="knn-cosine",
            threshold=0.8,
            unsupported=0.05,
            strangers=50,
            strangers_kind="drawn shapes",
            auroc=0.99,
            strangers_unsupported=0.98,
        ),
        slices=(
            SliceMeasure(by="skin_tone", name="Monk 1-3", images=24, groups=12, accuracy=score),
            SliceMeasure(by="skin_tone", name="Monk 8-10", images=4, groups=2, accuracy=None, note="fewer than 10"),
        ),
        robustness=(
            RobustnessMeasure(
                name="blur", description="blurred, 2 px", accuracy=0.8, unchanged=0.85, unsupported=0.1, **same
            ),
        ),
        exports=(
            ExportMeasure(
                file="model.tflite",
                bytes=9_400_000,
                latency_ms=10.4,
                agreement=1.0,
                max_difference=1e-5,
                support_difference=1e-5,
                unsupported=0.05,
                **same,
            ),
        ),
    )


def _dataset(store: ObjectStore, description: ModelDescription) -> str:
    counts = {each.name: dict.fromkeys(Split, 10) for each in description.classes}
    sha256 = store_picture(store)
    folder = keys.dataset(description.dataset_id)
    excluded = Excluded(sha256="1" * 64, labels=("milia",), reason="too_small")
    manifest = DatasetManifest(
        dataset_id=description.dataset_id,
        created_at=utc_now(),
        snapshots=(),
        synthetic=True,
        notice="Nothing: a test.",
        seed=0,
        classes=description.classes,
        counts=counts,
        dropped_classes={"hyperhidrosis": "3 images, 30 are needed"},
        excluded=(excluded,),
        files=(),
    )
    report = DatasetReport(
        dataset_id=description.dataset_id,
        images=120,
        groups=60,
        largest_group=4,
        counts=counts,
        groups_by_split=dict.fromkeys(Split, 20),
        dropped_classes=manifest.dropped_classes,
        excluded={"too_small": 1},
        skin_tones={"3": 60, "unknown": 60},
        duplicates=Duplicates(sightings=7, near_pairs=3, clusters=1, images=3, examples=((sha256,),)),
        skin=SkinTones(monk={"3": 60}, estimated={"dark": 20}, unknown=40),
        drift=DatasetDrift(
            previous="f" * 16, labels=0.02, statistics={"brightness": 0.3}, chance=0.01, added=5, removed=2
        ),
        checks=(DatasetCheck(name="leakage", passed=True, blocks=True, message="no group crosses a split"),),
        samples={each.name: (sha256,) for each in description.classes},
    )
    store.put(f"{folder}/{REPORT_FILE}", report.to_json())
    store.put(keys.manifest(folder), manifest.to_json())
    return sha256


def store_picture(store: ObjectStore) -> str:
    """Put the picture where a scrape would; returns its SHA-256."""
    sha256 = hashlib.sha256(PICTURE).hexdigest()
    store.put(keys.image(sha256, "jpg"), PICTURE)
    return sha256
