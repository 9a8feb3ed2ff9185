"""Published versions that are only on paper: `model.json`, one small file and a manifest, but no network."""

from pathlib import Path
from tempfile import TemporaryDirectory

from contracts import keys
from contracts.manifest import ClassLabel, FileEntry, utc_now
from contracts.models.version import DESCRIPTION_FILE, LITERT_FILE, ModelDescription, Thresholds, VersionManifest
from contracts.run import ClassMetrics, Evaluation, GateCheck, Interval, Metrics, StartingWeights
from imaging import PREPROCESSING
from objectstore import ObjectStore, publish_folder
from objectstore.channels import change_channels, read_channels

MODEL = "acne"
CLASSES = ("rosacea", "milia")


def paper_version(
    store: ObjectStore, number: int, *, score: float = 0.9, dataset_id: str = "d1", accepted: bool | None = True
) -> None:
    """Publish version `number`, held against what is in production, and the candidate now; its macro-F1 is `score`.

    `accepted` is the gate's word; None where it never judged it.
    """
    run_id, metrics = f"run-{number}", _metrics(score)
    description = ModelDescription(
        name=MODEL,
        version=number,
        classes=tuple(ClassLabel(name=name, display_name=name.title()) for name in CLASSES),
        preprocessing=PREPROCESSING,
        temperature=1.5,
        thresholds=Thresholds(uncertain=0.4, unsupported=0.8),
        golden=(),
        synthetic=True,
        notice="On paper.",
        dataset_id=dataset_id,
        run_id=run_id,
        trained_at=utc_now(),
        git_commit=None,
        libraries={},
        weights=StartingWeights(source="none", name="random", sha256=None),
        metrics=metrics,
    )

    def manifest(files: tuple[FileEntry, ...]) -> VersionManifest:
        return VersionManifest(name=MODEL, version=number, created_at=utc_now(), run_id=run_id, files=files)

    with TemporaryDirectory() as local:
        (Path(local) / DESCRIPTION_FILE).write_bytes(description.to_json())
        (Path(local) / LITERT_FILE).write_bytes(b"no network" * number)
        publish_folder(store, keys.version(MODEL, number), Path(local), manifest)
    change_channels(store, MODEL, lambda channels: channels.with_candidate(number, "a test"))
    if accepted is not None:
        evaluation = Evaluation(
            run_id=run_id,
            model=MODEL,
            version=number,
            created_at=utc_now(),
            metrics=metrics,
            production_version=read_channels(store, MODEL).production,
            production_metrics=None,
            checks=(GateCheck(name="floor", passed=accepted, message=f"macro-F1 is {score}"),),
            accepted=accepted,
        )
        store.put(keys.evaluation(run_id), evaluation.to_json())


def _metrics(score: float) -> Metrics:
    interval = Interval(value=score, low=score - 0.1, high=min(score + 0.05, 1.0))
    return Metrics(
        test_images=40,
        test_groups=20,
        macro_f1=interval,
        accuracy=interval,
        expected_calibration_error=0.04,
        per_class={name: ClassMetrics(precision=score, recall=score, f1=score, support=20) for name in CLASSES},
        confusion=((18, 2), (2, 18)),
    )
