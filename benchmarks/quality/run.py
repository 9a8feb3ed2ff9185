"""What a version trained with the defaults is worth, over seeds: on the synthetic atlas and on real photographs.

Every seed is another split and another training. The figures are of the held-out images, by the code that `trainer
evaluate` judges with; the first seed's atlas run also goes through `evaluate` itself, which exports it, and the model's
support is held against real photographs that aren't skin. `make bench NAME=quality`; `--photographs` needs
tuxpaint-stamps-default (`make test-photos` installs it). Times aren't measured, so other work may go on.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib import pyplot as plt
from sources import draw_atlas, put_snapshot, stamps, strangers
from support_methods import scores

from contracts import keys
from contracts.dataset import DatasetManifest, Split
from contracts.manifest import utc_now
from contracts.run import Evaluation, RunManifest, TrainSettings
from objectstore import ObjectStore, load_document
from stack.seaweedfs import INTERNAL_PORTS, SeaweedFS, free_ports, wait_until_ready
from trainer.data.datasets import load_items
from trainer.data.prepare import prepare
from trainer.fit.run_folder import load_run
from trainer.fit.train import train
from trainer.judge.calibration import calibrate
from trainer.judge.evaluate import evaluate
from trainer.judge.metrics import auroc, measure, softmax
from trainer.judge.reliability import chance_calibration_error, expected_calibration_error
from trainer.network.extractor import choose_engine, open_engine
from trainer.network.features import FeatureSource
from trainer.network.support import support
from trainer.network.weights import find_weights
from trainer.settings import TrainerSettings

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"
ENVIRONMENT = TrainerSettings()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one seed gave, on its held-out images."""

    seed: int
    images: int
    groups: int
    macro_f1: float
    accuracy: float
    expected_calibration_error_before: float
    """Before the logits are divided by the temperature."""
    expected_calibration_error: float
    temperature: float
    calibration_error_by_chance: float
    """What perfect probabilities stay under 19 times of 20 on so few images."""
    unsupported: float
    """Share of the held-out images that are called so."""
    auroc: float | None
    """Of support, held-out images against the strangers."""
    strangers_unsupported: float | None
    auroc_by_method: dict[str, float]
    """Of other ways to score support, too."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--pictures", type=Path, help="keep, or find, drawn and downloaded pictures here")
    arguments.add_argument("--fine-tune-epochs", type=int, default=0)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-quality-") as name, s3_server(Path(name)) as s3:
        pictures = given.pictures or Path(name)
        others = strangers(pictures / "wheels", os.environ.get("UV", "uv"))
        atlas, photographs = (ObjectStore(s3.settings(f"bench-{source}")) for source in ("atlas", "photographs"))
        for store in (atlas, photographs):
            store.ensure_bucket()
        snapshot = put_snapshot(atlas, "atlas", draw_atlas(pictures / "atlas"), synthetic=True)
        outcomes = {"atlas": over_seeds(atlas, snapshot, others, given)}
        again = trained_with(atlas, snapshot, 0, given, nonce="again")
        assert judge(atlas, again, others, 0) == outcomes["atlas"][0], "the same seed gave something else"
        evaluation = load_document(atlas, str(evaluate(atlas, again, ENVIRONMENT)["evaluation"]), Evaluation)
        if given.pictures:
            keep_documents(atlas, evaluation, pictures)
        snapshot = put_snapshot(photographs, "photographs", stamps(), synthetic=False)
        outcomes["photographs"] = over_seeds(photographs, snapshot, None, given)
    report(given, outcomes, evaluation, len(others))


def over_seeds(
    store: ObjectStore, snapshot: str, others: npt.NDArray[np.uint8] | None, given: argparse.Namespace
) -> list[Outcome]:
    outcomes = []
    for seed in range(given.seeds):
        outcomes.append(judge(store, trained_with(store, snapshot, seed, given), others, seed))
        print(outcomes[-1], flush=True)
    return outcomes


def trained_with(store: ObjectStore, snapshot: str, seed: int, given: argparse.Namespace, nonce: str = "") -> str:
    """Split and train with a seed; returns the run's URI."""
    for info in list(store.walk(keys.datasets())):
        store.delete(info.key)  # or this seed would test with what the last one tested with
    dataset = str(prepare(store, [snapshot], seed)["dataset"])
    settings = TrainSettings(seed=seed, fine_tune_epochs=given.fine_tune_epochs, nonce=nonce)
    return str(train(store, dataset, settings, ENVIRONMENT)["run"])


def keep_documents(store: ObjectStore, evaluation: Evaluation, folder: Path) -> None:
    """Save the first run's pages beside the pictures, to be looked at."""
    assert evaluation.version is not None
    page = store.get(f"{keys.run(evaluation.run_id)}/report.html").body
    (folder / "report.html").write_bytes(page)
    card = store.get(f"{keys.version(evaluation.model, evaluation.version)}/model_card.md").body
    (folder / "model_card.md").write_bytes(card)


def judge(
    store: ObjectStore,
    run_uri: str,
    others: npt.NDArray[np.uint8] | None,
    seed: int,
) -> Outcome:
    """Judge a run's head on the held-out images, as `trainer evaluate` does with the exported file."""
    run = load_document(store, run_uri, RunManifest)
    with tempfile.TemporaryDirectory() as folder:
        _, head = load_run(store, run, Path(folder))
        dataset = load_document(store, run.dataset, DatasetManifest)
        tests = [item for item in load_items(store, dataset) if item.split is Split.TEST]
        classes = [each.name for each in run.classes]
        weights = find_weights(ENVIRONMENT, run.settings.architecture)
        source = FeatureSource(store, run.settings, weights, ENVIRONMENT)
        features = source.features(tests, classes, 0, Path(folder) / "tests")
        embeddings, labels = features.unaltered, features.labels
    calibration = calibrate(head)
    logits = embeddings @ head.kernel + head.bias
    probabilities = softmax(logits / calibration.temperature)
    metrics = measure(probabilities, labels, [item.group for item in tests], classes)
    supports, threshold = support(embeddings, calibration.prototypes), calibration.thresholds.unsupported
    theirs, by_method = None, {}
    if others is not None:
        with open_engine(
            choose_engine(ENVIRONMENT.feature_engine), run.settings, weights, ENVIRONMENT.cache
        ) as extract:
            strange = extract(others)[:, : features.width].astype(np.float32)
        theirs = support(strange, calibration.prototypes)
        ours_by_method, theirs_by_method = scores(head, embeddings), scores(head, strange)
        by_method = {name: round(auroc(ours, theirs_by_method[name]), 4) for name, ours in ours_by_method.items()}
    return Outcome(
        seed=seed,
        images=metrics.test_images,
        groups=metrics.test_groups,
        macro_f1=round(metrics.macro_f1.value, 4),
        accuracy=round(metrics.accuracy.value, 4),
        expected_calibration_error_before=round(expected_calibration_error(softmax(logits), labels), 4),
        temperature=round(calibration.temperature, 3),
        expected_calibration_error=round(metrics.expected_calibration_error, 4),
        calibration_error_by_chance=round(chance_calibration_error(probabilities), 4),
        unsupported=round(float((supports < threshold).mean()), 4),
        auroc=None if theirs is None else round(auroc(supports, theirs), 4),
        strangers_unsupported=None if theirs is None else round(float((theirs < threshold).mean()), 4),
        auroc_by_method=by_method,
    )


@contextmanager
def s3_server(folder: Path) -> Iterator[SeaweedFS]:
    place = folder / "store"
    place.mkdir()
    port, *internal = free_ports(1 + INTERNAL_PORTS)
    server = SeaweedFS(
        place, port, tuple(internal), access_key="bench", secret_key=uuid.uuid4().hex, volume_size_mb=256
    )
    server.prepare()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(server.command(), stdout=log, stderr=log)
        try:
            wait_until_ready(ObjectStore(server.settings("readiness")), timeout_s=60)
            yield server
        finally:
            process.kill()
            process.wait()


def report(
    given: argparse.Namespace, outcomes: Mapping[str, Sequence[Outcome]], evaluation: Evaluation, others: int
) -> None:
    """Write the JSON file and the plot, and print what stands in the documents."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False)
    files = {each.file: each for each in evaluation.exports}
    ratios = {
        "atlas_macro_f1": spread([each.macro_f1 for each in outcomes["atlas"]]),
        "atlas_expected_calibration_error": spread([e.expected_calibration_error for e in outcomes["atlas"]]),
        "atlas_unsupported": spread([each.unsupported for each in outcomes["atlas"]]),
        "strangers_auroc": spread([each.auroc for each in outcomes["atlas"] if each.auroc is not None]),
        "photographs_accuracy": spread([each.accuracy for each in outcomes["photographs"]]),
        "int8_size": spread([files["model.int8.tflite"].bytes / files["model.tflite"].bytes]),
        "int8_agreement": spread([files["model.int8.tflite"].agreement]),
    }
    methods = {
        name: spread([each.auroc_by_method[name] for each in outcomes["atlas"]])
        for name in outcomes["atlas"][0].auroc_by_method
    }
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "date": utc_now().isoformat(),
        "commit": commit.stdout.strip(),
        "settings": {"seeds": given.seeds, "fine_tune_epochs": given.fine_tune_epochs, "strangers": others},
        "sides": {name: [asdict(each) for each in of] for name, of in outcomes.items()}
        | {"first atlas seed, exported and judged": evaluation.model_dump(mode="json", include={"exports", "checks"})},
        "ratios": ratios,
        "strangers_auroc_by_method": methods,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "quality.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(ratios | methods, indent=1))
    plot(outcomes)


def spread(values: Sequence[float]) -> dict[str, float]:
    return {
        "mean": round(statistics.fmean(values), 4),
        "median": round(statistics.median(values), 4),
        "min": round(min(values), 4),
        "max": round(max(values), 4),
    }


def plot(outcomes: Mapping[str, Sequence[Outcome]]) -> None:
    matplotlib.use("Agg")
    shown: list[tuple[str, str, str, float]] = [
        ("atlas", "macro_f1", "macro-F1, atlas", 0.90),
        ("photographs", "accuracy", "accuracy, photographs", 0.88),
        ("atlas", "auroc", "AUROC of support", 0.97),
        ("atlas", "expected_calibration_error", "calibration error, atlas", 0.05),
        ("atlas", "unsupported", "called unsupported, atlas", 0.05),
    ]
    figure, axes = plt.subplots(1, len(shown), figsize=(11, 3))
    for axis, (source, field, title, wanted) in zip(axes, shown, strict=True):
        values: list[Any] = [getattr(each, field) for each in outcomes[source]]
        axis.axhline(wanted, color="C3", linewidth=1, label="wanted")
        axis.plot(range(len(values)), values, "o", color="C0")
        axis.axhline(statistics.fmean(values), color="C0", linewidth=1, linestyle=":", label="mean")
        axis.set_title(title, fontsize=9)
        axis.set_xlabel("seed", fontsize=8)
        axis.tick_params(labelsize=8)
        axis.set_ylim(min([*values, wanted]) - 0.03, max([*values, wanted]) + 0.03)
    axes[0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(RESULTS / "quality.png", dpi=110)


if __name__ == "__main__":
    main()
