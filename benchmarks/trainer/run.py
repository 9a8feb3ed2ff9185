"""`trainer train` against plain Keras: time to the same validation macro-F1; what a retraining and many pictures cost.

Both sides start as commands and are timed from there, imports included; the trainer begins with an empty store each
time. Sides alternate. Takes about a quarter of an hour on two quiet cores; run it by `make bench NAME=trainer`.
"""

import argparse
import datetime
import hashlib
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib import pyplot as plt

from contracts import keys
from contracts.dataset import DatasetItem, DatasetManifest, Split, dataset_id
from contracts.manifest import ClassLabel, utc_now
from inference import usable_cores
from objectstore import ImmutableWriter, ObjectStore, StoreSettings, publish_folder
from stack.seaweedfs import INTERNAL_PORTS, SeaweedFS, free_ports, wait_until_ready
from trainer.items import write_items
from trainer.settings import TrainerSettings
from trainer.weights import find_weights

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"
TRAINER = Path(sys.executable).with_name("trainer")
SCORE = re.compile(r"^head, epoch \d+/\d+: .*validation macro-F1 (\d\.\d+)")
SHARES = {Split.TRAIN: range(14), Split.VALIDATION: range(14, 17), Split.TEST: range(17, 20)}
"""Cases by their number modulo 20."""


@dataclass(frozen=True, slots=True)
class Run:
    """One command."""

    seconds: float
    cpu_s: float
    peak_rss_mb: float
    curve: list[tuple[float, float]]
    """Seconds since the start, validation macro-F1."""

    def time_to(self, score: float) -> float | None:
        """Seconds until this macro-F1 was reached for the first time."""
        return next((at for at, reached in self.curve if reached >= score), None)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--keras-epochs", type=int, default=12, help="at most; it stops where the trainer ended")
    arguments.add_argument("--small", type=int, default=1_000, help="pictures")
    arguments.add_argument("--large", type=int, default=20_000, help="pictures")
    given = arguments.parse_args()
    find_weights(TrainerSettings())  # neither side is timed while they are downloaded
    with tempfile.TemporaryDirectory(prefix="bench-trainer-") as name:
        folder = Path(name)
        pictures("atlas", folder / "atlas")
        rounds = [against_keras(folder, given) for _ in range(given.rounds)]
        sizes = by_size(folder, given)
    report(given, rounds, sizes)


def against_keras(folder: Path, given: argparse.Namespace) -> dict[str, Run]:
    split_folders(folder)
    with fresh_store(folder) as store:
        ours = train(store, dataset(store, sorted((folder / "atlas").rglob("*.jpg"))))
    best = max(score for _, score in ours.curve)
    command = [sys.executable, str(HERE / "keras_side.py"), str(folder / "split"), str(given.keras_epochs), str(best)]
    theirs = timed(command, {}, lambda line: json.loads(line)["macro_f1"] if line.startswith("{") else None)
    print(f"trainer {ours.seconds:.0f} s, best {best:.3f}; keras {theirs.curve}", flush=True)
    return {"trainer": ours, "keras": theirs}


def by_size(folder: Path, given: argparse.Namespace) -> dict[str, Run]:
    new = given.large // 100
    pictures("variants", folder / "variants", given.large + new, folder / "atlas")
    photos = sorted((folder / "variants").rglob("*.jpg"), key=lambda path: path.stem.rpartition("_")[2])
    runs: dict[str, Run] = {}
    with fresh_store(folder) as store:
        runs["small"] = train(store, dataset(store, photos[: given.small]))
    with fresh_store(folder) as store:
        runs["large"] = train(store, dataset(store, photos[: given.large]))
        runs["large, 1 % new"] = train(store, dataset(store, photos))
    print({name: (run.seconds, run.cpu_s, run.peak_rss_mb) for name, run in runs.items()}, flush=True)
    return runs


def pictures(kind: str, *arguments: object) -> None:
    subprocess.run([sys.executable, HERE / "pictures.py", kind, *map(str, arguments)], check=True)


def split_of(photo: Path) -> Split:
    case = int(photo.stem.partition("_")[0])
    return next(split for split, numbers in SHARES.items() if case % 20 in numbers)


def split_folders(folder: Path) -> None:
    for photo in (folder / "atlas").rglob("*.jpg"):
        target = folder / "split" / split_of(photo) / photo.parent.name / photo.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.hardlink_to(photo)


@contextmanager
def fresh_store(folder: Path) -> Iterator[ObjectStore]:
    place = Path(tempfile.mkdtemp(dir=folder, prefix="store-"))
    port, *internal = free_ports(1 + INTERNAL_PORTS)
    server = SeaweedFS(
        place, port, tuple(internal), access_key="bench", secret_key=uuid.uuid4().hex, volume_size_mb=256
    )
    server.prepare()
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(server.command(), stdout=log, stderr=log)
        try:
            wait_until_ready(ObjectStore(server.settings("readiness")), timeout_s=60)
            store = ObjectStore(server.settings("bench"))
            store.ensure_bucket()
            yield store
        finally:
            process.kill()
            process.wait()


def dataset(store: ObjectStore, photos: Sequence[Path]) -> str:
    """Publish pictures as a dataset, split by case; returns its URI."""
    writer, items = ImmutableWriter(store), []
    for photo in photos:
        content = photo.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        key = keys.image(sha256, "jpg")
        writer.put(key, content, content_type="image/jpeg")
        group = photo.stem.partition("_")[0]
        items.append(DatasetItem(sha256, key, photo.parent.name, split_of(photo), group, "bench", None))
    name, classes = dataset_id(items), sorted({item.label for item in items})
    with tempfile.TemporaryDirectory() as folder:
        write_items(Path(folder) / "items.parquet", items)
        return publish_folder(
            store,
            keys.dataset(name),
            Path(folder),
            lambda files: DatasetManifest(
                dataset_id=name,
                created_at=utc_now(),
                snapshots=(),
                synthetic=True,
                notice="Drawn for a benchmark.",
                seed=0,
                classes=tuple(ClassLabel(name=each, display_name=each) for each in classes),
                counts={},
                dropped_classes={},
                excluded=(),
                files=files,
            ),
        )


def train(store: ObjectStore, uri: str) -> Run:
    return timed([str(TRAINER), "train", "--dataset", uri], store_environment(store.settings), _score)


def _score(line: str) -> float | None:
    found = SCORE.match(line)
    return float(found[1]) if found else None


def store_environment(settings: StoreSettings) -> dict[str, str]:
    return {
        "ACNEFLOW_BUCKET": settings.bucket,
        "ACNEFLOW_STORE_ENDPOINT": str(settings.store_endpoint),
        "ACNEFLOW_STORE_ACCESS_KEY": settings.store_access_key,
        "ACNEFLOW_STORE_SECRET_KEY": settings.store_secret_key.get_secret_value(),
    }


def timed(command: Sequence[str], environment: Mapping[str, str], score: Callable[[str], float | None]) -> Run:
    """Run a command and note when it said which macro-F1."""
    began, curve, said = time.monotonic(), [], []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        reached = score(line)
        if reached is not None:
            curve.append((round(time.monotonic() - began, 2), reached))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, "".join(said[-20:])
    seconds = time.monotonic() - began
    peak_mb = usage.ru_maxrss / (1e3 if sys.platform == "linux" else 1e6)
    return Run(round(seconds, 2), round(usage.ru_utime + usage.ru_stime, 2), round(peak_mb, 1), curve)


def report(given: argparse.Namespace, rounds: list[dict[str, Run]], sizes: dict[str, Run]) -> None:
    times, targets, cpu = [], [], []
    for each in rounds:
        target = min(max(score for _, score in run.curve) for run in each.values())
        ours, theirs = (each[side].time_to(target) for side in ("trainer", "keras"))
        assert ours is not None
        assert theirs is not None
        targets.append(target)
        times.append(theirs / ours)
        cpu.append(each["keras"].cpu_s / each["trainer"].cpu_s)
    first, again = sizes["large"], sizes["large, 1 % new"]
    ratios = {
        "time_to_f1_vs_keras": times,
        "cpu_time_vs_keras": cpu,
        "retrain_share_one_percent": [again.seconds / first.seconds],
        "retrain_share_one_percent_by_cpu_time": [again.cpu_s / first.cpu_s],
        "rss_20k_vs_1k": [first.peak_rss_mb / sizes["small"].peak_rss_mb],
    }
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    document = {
        "machine": machine,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "settings": vars(given) | {"usable_cores": usable_cores(), "target_macro_f1": targets},
        "sides": {
            "rounds": [{side: vars_of(run) for side, run in each.items()} for each in rounds],
            "sizes": {name: vars_of(run) for name, run in sizes.items()},
            "load_1m": round(os.getloadavg()[0], 1),
        },
        "ratios": {
            name: {"median": round(statistics.median(v), 4), "min": round(min(v), 4), "max": round(max(v), 4)}
            for name, v in ratios.items()
        },
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "trainer.json").write_text(json.dumps(document, indent=2) + "\n")
    plot(rounds, sizes)
    print(json.dumps(document["ratios"], indent=2))


def vars_of(run: Run) -> dict[str, object]:
    return {name: getattr(run, name) for name in ("seconds", "cpu_s", "peak_rss_mb", "curve")}


def plot(rounds: list[dict[str, Run]], sizes: dict[str, Run]) -> None:
    matplotlib.use("Agg")
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5))
    for side, colour in (("trainer", "C0"), ("keras", "C1")):
        for number, each in enumerate(rounds):
            label = {"trainer": "trainer train", "keras": "plain Keras"}[side] if number == 0 else None
            left.plot(*zip(*each[side].curve, strict=True), "o-", color=colour, markersize=3, label=label)
    left.set(title="validation macro-F1", xlabel="seconds since the command's start", xscale="log")
    left.legend()
    names = list(sizes)
    right.barh(names, [sizes[name].seconds for name in names])
    for place, name in enumerate(names):
        right.text(0, place, f" {sizes[name].seconds:.0f} s, peak {sizes[name].peak_rss_mb:.0f} MB", va="center")
    right.set(title="seconds by dataset", xlabel="seconds")
    figure.tight_layout()
    figure.savefig(RESULTS / "trainer.png", dpi=110)


if __name__ == "__main__":
    main()
