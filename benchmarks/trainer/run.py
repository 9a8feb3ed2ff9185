"""`trainer train` against plain Keras: time to the same validation macro-F1; what a retraining and many pictures cost.

Both sides start as commands and are timed from there, imports included. The trainer begins with an empty store each
time; once on a machine that has downloaded the weights and nothing else, once where a training before has converted
the frozen network, too. Sides alternate. Run it by `make bench NAME=trainer`, or one part of it by `--part`: the other
part's last figures stay. On two quiet cores a round of `keras` takes two minutes.
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
from objectstore import ObjectStore, StoreSettings, publish_folder
from stack.seaweedfs import INTERNAL_PORTS, SeaweedFS, free_ports, wait_until_ready
from trainer.data.datasets import write_items
from trainer.network.weights import find_weights
from trainer.settings import TrainerSettings

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"
TRAINER = Path(sys.executable).with_name("trainer")
SCORE = re.compile(r"^head, epoch \d+/\d+: .*validation macro-F1 (\d\.\d+)")
WARM, COLD, KERAS = "trainer train", "trainer train, first time on this machine", "plain Keras"
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


@dataclass(frozen=True, slots=True)
class Part:
    """Raw figures of one part, and each ratio's values."""

    sides: object
    ratios: dict[str, list[float]]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    arguments.add_argument("--part", choices=["keras", "sizes"], action="append", help="only this")
    arguments.add_argument("--pictures", type=Path, help="keep drawn pictures here, or find them")
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--keras-epochs", type=int, default=12, help="at most; it stops where the trainer ended")
    arguments.add_argument("--small", type=int, default=1_000, help="pictures")
    arguments.add_argument("--large", type=int, default=20_000, help="pictures")
    arguments.add_argument("--architecture", default="MobileNetV2", help="of the part `sizes`")
    arguments.add_argument("--augmentations", type=int, default=3, help="altered copies, in the part `sizes`")
    given = arguments.parse_args()
    parts = given.part or ["keras", "sizes"]
    find_weights(TrainerSettings())  # no side is timed while they are downloaded
    with tempfile.TemporaryDirectory(prefix="bench-trainer-") as name:
        folder, kept = Path(name), given.pictures or Path(name)
        if not (kept / "atlas").exists():
            pictures("atlas", kept / "atlas")
        (folder / "split").mkdir()
        if "keras" in parts:
            save("keras", given, compared([against_keras(folder, kept / "atlas", given) for _ in range(given.rounds)]))
        if "sizes" in parts:
            save("sizes", given, by_size(folder, kept, given))
    plot()


def against_keras(folder: Path, atlas: Path, given: argparse.Namespace) -> dict[str, Run]:
    photos = sorted(atlas.rglob("*.jpg"))
    split_folders(folder, photos)
    ours = {}
    with weights_alone(folder) as cache:
        for side in (COLD, WARM):
            with fresh_store(folder) as store:
                ours[side] = train(store, dataset(store, photos), cache=cache)
    best = max(score for _, score in ours[WARM].curve)
    command = [sys.executable, str(HERE / "keras_side.py"), str(folder / "split"), str(given.keras_epochs), str(best)]
    theirs = timed(command, {}, lambda line: json.loads(line)["macro_f1"] if line.startswith("{") else None)
    print(f"trainer {ours[WARM].seconds:.0f} s, best {best:.3f}; keras {theirs.curve}", flush=True)
    return {**ours, KERAS: theirs}


@contextmanager
def weights_alone(folder: Path) -> Iterator[Path]:
    """A cache with the downloaded weights, as it is before the first training."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="cache-") as name:
        (Path(name) / "weights").symlink_to(TrainerSettings().cache / "weights")
        yield Path(name)


def by_size(folder: Path, kept: Path, given: argparse.Namespace) -> Part:
    new = given.large // 100
    variants = kept / "variants"
    if not variants.exists():
        pictures("variants", variants, given.large + new, kept / "atlas")
    photos = sorted(variants.rglob("*.jpg"), key=lambda path: path.stem.rpartition("_")[2])
    with fresh_store(folder) as store:
        # the first time on a machine costs more, whatever the size
        train(store, dataset(store, photos[: given.small]), given)
    runs: dict[str, Run] = {}
    with fresh_store(folder) as store:
        runs["small"] = train(store, dataset(store, photos[: given.small]), given)
    print("small", runs["small"], flush=True)
    with fresh_store(folder) as store:
        runs["large"] = train(store, dataset(store, photos[: given.large]), given)
        print("large", runs["large"], flush=True)
        runs["large, 1 % new"] = train(store, dataset(store, photos), given)
        print("again", runs["large, 1 % new"], flush=True)
    first, again = runs["large"], runs["large, 1 % new"]
    ratios = {
        "retrain_share_one_percent": [again.seconds / first.seconds],
        "retrain_share_one_percent_by_cpu_time": [again.cpu_s / first.cpu_s],
        "rss_20k_vs_1k": [first.peak_rss_mb / runs["small"].peak_rss_mb],
    }
    return Part({name: vars_of(run) for name, run in runs.items()}, ratios)


def compared(rounds: list[dict[str, Run]]) -> Part:
    """Time to the macro-F1 that both sides reached."""
    ratios: dict[str, list[float]] = {}
    for each in rounds:
        target = min(max(score for _, score in run.curve) for run in each.values())
        reached = {side: run.time_to(target) for side, run in each.items()}
        print(f"all reached {target}, after so many seconds: {reached}", flush=True)
        for side, suffix in ((WARM, ""), (COLD, "_first_time")):
            ours, theirs = reached[side], reached[KERAS]
            assert ours is not None
            assert theirs is not None
            ratios.setdefault(f"time_to_f1_vs_keras{suffix}", []).append(theirs / ours)
            ratios.setdefault(f"cpu_time_vs_keras{suffix}", []).append(each[KERAS].cpu_s / each[side].cpu_s)
    return Part([{side: vars_of(run) for side, run in each.items()} for each in rounds], ratios)


def pictures(kind: str, *arguments: object) -> None:
    subprocess.run([sys.executable, HERE / "pictures.py", kind, *map(str, arguments)], check=True)


def split_of(photo: Path) -> Split:
    case = int(photo.stem.partition("_")[0])
    return next(split for split, numbers in SHARES.items() if case % 20 in numbers)


def split_folders(folder: Path, photos: Sequence[Path]) -> None:
    for photo in photos:
        target = folder / "split" / split_of(photo) / photo.parent.name / photo.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.symlink_to(photo.resolve())


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
    items = []
    for photo in photos:
        content = photo.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        key = keys.image(sha256, "jpg")
        store.put(key, content, content_type="image/jpeg")
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


def train(store: ObjectStore, uri: str, given: argparse.Namespace | None = None, *, cache: Path | None = None) -> Run:
    command = [str(TRAINER), "train", "--dataset", uri]
    if given is not None:
        command += ["--architecture", given.architecture, "--augmentations", str(given.augmentations)]
    caches = {} if cache is None else {"ACNEFLOW_CACHE": str(cache)}
    return timed(command, store_environment(store.settings) | caches, _score)


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


def save(part: str, given: argparse.Namespace, found: Part) -> None:
    """Put one part's figures into the result, beside the other's."""
    path = RESULTS / "trainer.json"
    document = json.loads(path.read_text()) if path.exists() else {"settings": {}, "sides": {}, "ratios": {}}
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False)
    document["machine"] = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    document["date"] = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    document["commit"] = commit.stdout.strip()
    settings = {name: value for name, value in vars(given).items() if name not in {"pictures", "part"}}
    document["settings"][part] = settings | {
        "usable_cores": usable_cores(),
        "load_1m": round(os.getloadavg()[0], 1),
        "weights": "random" if os.environ.get("ACNEFLOW_WEIGHTS") == "none" else "ImageNet",
    }
    document["sides"][part] = found.sides
    for name, values in found.ratios.items():
        document["ratios"][name] = {
            "median": round(statistics.median(values), 4),
            "min": round(min(values), 4),
            "max": round(max(values), 4),
        }
    path.write_text(json.dumps(document, indent=1) + "\n")
    print(json.dumps(document["ratios"], indent=1), flush=True)


def vars_of(run: Run) -> dict[str, object]:
    return {name: getattr(run, name) for name in ("seconds", "cpu_s", "peak_rss_mb", "curve")}


def plot() -> None:
    sides = json.loads((RESULTS / "trainer.json").read_text())["sides"]
    matplotlib.use("Agg")
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5))
    for side, colour in ((WARM, "C0"), (COLD, "C2"), (KERAS, "C1")):
        for number, each in enumerate(sides.get("keras", [])):
            label = side if number == 0 else None
            left.plot(*zip(*each[side]["curve"], strict=True), "o-", color=colour, markersize=3, label=label)
    left.set(title="validation macro-F1", xlabel="seconds since the command's start", xscale="log")
    left.legend()
    sizes = sides.get("sizes", {})
    right.barh(list(sizes), [run["peak_rss_mb"] for run in sizes.values()])
    for place, run in enumerate(sizes.values()):
        right.text(0, place, f" peak {run['peak_rss_mb']:.0f} MB, {run['cpu_s']:.0f} s of CPU", va="center")
    right.set(title="memory by pictures", xlabel="MB")
    right.set_visible(bool(sizes))
    figure.tight_layout()
    figure.savefig(RESULTS / "trainer.png", dpi=110)


if __name__ == "__main__":
    main()
