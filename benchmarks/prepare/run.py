"""What preparing a dataset takes as it grows: memory from 1,000 to 20,000 pictures, and the index beside all pairs.

The step runs as its command, on a real store, once per size and round; sizes alternate. Memory is the peak resident
size that the kernel reports of the command's process. Run it by `make bench NAME=prepare`; about 4 minutes on two quiet
cores.
"""

import argparse
import datetime
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import pyplot as plt
from PIL import Image

from contracts import keys
from contracts.manifest import utc_now
from contracts.snapshot import SnapshotClass, SnapshotImage, SnapshotManifest
from objectstore import ObjectStore
from stack.seaweedfs import INTERNAL_PORTS, SeaweedFS, free_ports, wait_until_ready
from trainer.lookalikes.fingerprint import MAX_DISTANCE_BITS, Fingerprint
from trainer.lookalikes.near_duplicates import near_pairs

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"
CLASSES = 9
SIDE_PX = (320, 240)
SHOTS = 3
"""Pictures of one case, the first of which comes twice: once smaller and rougher."""
Figures = dict[str, float]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    arguments.add_argument("--few", type=int, default=1_000)
    arguments.add_argument("--many", type=int, default=20_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--hashes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    arguments.add_argument("--all-pairs", type=int, default=20_000, help="hashes up to which all pairs are compared")
    given = arguments.parse_args()
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False)
    load = os.getloadavg()[0]
    sizes = (given.few, given.many)
    with tempfile.TemporaryDirectory(prefix="bench-prepare-") as folder, s3_server(Path(folder)) as s3:
        stores = {count: ObjectStore(s3.settings(f"bench-{count}")) for count in sizes}
        snapshots = {count: fill(stores[count], count) for count in sizes}
        rounds = [{str(n): prepare(stores[n], snapshots[n], n) for n in sizes} for _ in range(given.rounds)]
    index = {str(count): index_against_all_pairs(count, given.all_pairs) for count in given.hashes}
    report(given, head.stdout.strip(), load, rounds, index)


def fill(store: ObjectStore, count: int) -> str:
    """Put so many drawn pictures and a snapshot of them into a store; returns its URI."""
    store.ensure_bucket()

    def put(number: int) -> SnapshotImage:
        data = drawn(number)
        sha256 = hashlib.sha256(data).hexdigest()
        key = keys.image(sha256, "jpg")
        store.put(key, data, content_type="image/jpeg")
        case = number // (SHOTS + 1)
        return SnapshotImage(
            sha256=sha256,
            key=key,
            size=len(data),
            width=SIDE_PX[0],
            height=SIDE_PX[1],
            label=f"class-{case % CLASSES}",
            group=f"case-{case}",
            url=f"http://127.0.0.1/atlas/class-{case % CLASSES}/case-{case}/{number}.jpg",
            page=f"http://127.0.0.1/atlas/class-{case % CLASSES}/photos/{case // 40}",
            licence="CC0-1.0",
            fetched_at=utc_now(),
        )

    with ThreadPoolExecutor(8) as pool:
        images = list(pool.map(put, range(count)))
    names = [f"class-{number}" for number in range(CLASSES)]
    snapshot = SnapshotManifest(
        source="drawn",
        created_at=utc_now(),
        synthetic=True,
        notice="Drawn for a benchmark.",
        classes=tuple(SnapshotClass(name=name, display_name=name, minimum_images=3) for name in names),
        images=tuple(images),
        refused={},
    )
    key = keys.snapshot("drawn", datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    store.put(key, snapshot.to_json())
    return store.uri(key)


def drawn(number: int) -> bytes:
    """A JPEG: blobs that its number decides, on even skin for every third case."""
    case, shot = divmod(number, SHOTS + 1)
    copy = shot == SHOTS
    rng = np.random.default_rng([case, 0 if copy else shot])
    contrast = 4.0 if case % 3 == 0 else 40.0
    blobs = rng.normal(scale=contrast, size=(6, 8, 1)) + np.array((198.0, 150.0, 120.0))
    size = (240, 180) if copy else SIDE_PX
    picture = Image.fromarray(blobs.clip(0, 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=70 if copy else 88)
    return stream.getvalue()


def prepare(store: ObjectStore, snapshot: str, count: int) -> Figures:
    """Run the step, on a store without earlier datasets, and see what it took."""
    for info in list(store.walk(keys.datasets())):
        store.delete(info.key)
    settings = store.settings
    environment = os.environ | {
        "ACNEFLOW_BUCKET": settings.bucket,
        "ACNEFLOW_STORE_ENDPOINT": str(settings.store_endpoint),
        "ACNEFLOW_STORE_ACCESS_KEY": settings.store_access_key,
        "ACNEFLOW_STORE_SECRET_KEY": settings.store_secret_key.get_secret_value(),
    }
    command = [sys.executable, "-m", "trainer", "prepare", "--snapshot", snapshot]
    began = time.monotonic()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - began
    assert process.returncode == 0
    return {
        "peak_rss_mb": round(used.ru_maxrss / 1024, 1),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "images_per_s": round(count / seconds, 1),
    }


def index_against_all_pairs(count: int, limit: int) -> Figures:
    """CPU seconds of the index for so many hashes, and of comparing all pairs in blocks where that ends in time."""
    rng = np.random.default_rng(count)
    bits = rng.integers(0, 2**64 - 1, size=count, dtype=np.uint64)
    for one, other in rng.choice(count, size=(count // 20, 2), replace=False).tolist():
        bits[other] = bits[one] ^ np.uint64(0b10101 << int(rng.integers(0, 58)))
    prints = [Fingerprint(int(each), None) for each in bits]
    began = time.process_time()
    found = near_pairs(prints)
    figures: Figures = {"index_cpu_seconds": round(time.process_time() - began, 3), "pairs": len(found)}
    if count <= limit:
        began = time.process_time()
        seen = 0
        for row in range(0, count, 512):
            near = np.bitwise_count(bits[row : row + 512, None] ^ bits[None, :]) <= MAX_DISTANCE_BITS
            seen += int(near.sum())
        figures["all_pairs_cpu_seconds"] = round(time.process_time() - began, 3)
        assert (seen - count) // 2 == len(found)
    return figures


@contextmanager
def s3_server(folder: Path) -> Iterator[SeaweedFS]:
    port, *internal = free_ports(1 + INTERNAL_PORTS)
    server = SeaweedFS(folder / "s3", port, tuple(internal), access_key="bench", secret_key=uuid.uuid4().hex)
    server.prepare()
    with (folder / "s3.log").open("wb") as log:
        environment = os.environ | {"WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"}
        process = subprocess.Popen(server.command(), stdout=log, stderr=log, env=environment)
        try:
            wait_until_ready(ObjectStore(server.settings("readiness")), timeout_s=60)
            yield server
        finally:
            process.kill()
            process.wait()


def report(
    given: argparse.Namespace,
    commit: str,
    load: float,
    rounds: list[dict[str, Figures]],
    index: dict[str, Figures],
) -> None:
    few, many = str(given.few), str(given.many)
    ratios = {
        "rss_20k_vs_1k": [each[many]["peak_rss_mb"] / each[few]["peak_rss_mb"] for each in rounds],
        "cpu_seconds_per_image_20k_vs_1k": [
            each[many]["cpu_seconds"] / given.many / (each[few]["cpu_seconds"] / given.few) for each in rounds
        ],
        "index_vs_all_pairs_cpu": [
            of["index_cpu_seconds"] / of["all_pairs_cpu_seconds"]
            for of in index.values()
            if "all_pairs_cpu_seconds" in of
        ][-1:],
    }
    RESULTS.mkdir(exist_ok=True)
    document = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "settings": vars(given) | {"load_at_start": round(load, 1), "picture": f"{SIDE_PX[0]}x{SIDE_PX[1]} JPEG"},
        "sides": {"rounds": rounds, "index": index},
        "ratios": {
            name: {"median": round(statistics.median(v), 4), "min": round(min(v), 4), "max": round(max(v), 4)}
            for name, v in ratios.items()
        },
    }
    (RESULTS / "prepare.json").write_text(json.dumps(document, indent=2) + "\n")
    plot(rounds, index)
    print(json.dumps(document["ratios"], indent=2))


def plot(rounds: list[dict[str, Figures]], index: dict[str, Figures]) -> None:
    matplotlib.use("Agg")
    figure, (memory, time_taken) = plt.subplots(1, 2, figsize=(11, 3.8))
    sizes = list(rounds[0])
    values = [[each[size]["peak_rss_mb"] for each in rounds] for size in sizes]
    memory.bar([f"{int(size):,} pictures" for size in sizes], [statistics.median(v) for v in values], color="#3b6ea5")
    for position, shown in enumerate(values):
        memory.plot([position] * len(shown), shown, "k.")
    memory.set_title("prepare: peak memory, MB")
    for key, name, colour in (
        ("index_cpu_seconds", "index", "#3b6ea5"),
        ("all_pairs_cpu_seconds", "all pairs", "#999999"),
    ):
        known = [(int(count), of[key]) for count, of in index.items() if key in of]
        time_taken.plot(*zip(*known, strict=True), "o-", color=colour, label=name)
    time_taken.set(xscale="log", yscale="log", title="look-alikes: CPU seconds by hashes")
    time_taken.legend()
    figure.tight_layout()
    figure.savefig(RESULTS / "prepare.png", dpi=110)


if __name__ == "__main__":
    main()
