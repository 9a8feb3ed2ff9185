"""The scraper against Scrapy's ImagesPipeline, a repeated scrape, and memory over the number of images.

Both sides fetch the same images from the same site into the same S3 server, decode each of them in full, and are told
to spare nobody. Sides alternate, and both start from bytecode. Run it by `make bench NAME=scraper`.
"""

import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import matplotlib
from matplotlib import pyplot as plt

from contracts.steps import RESULT_PREFIX
from objectstore import ObjectStore
from stack.seaweedfs import INTERNAL_PORTS, SeaweedFS, free_ports, wait_until_ready

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"
SCRAPY = "scrapy==2.19.0"
CONNECTIONS = 16
Figures = dict[str, float]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    arguments.add_argument("--images", type=int, default=10_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--few", type=int, default=1_000, help="images of the small run whose memory is compared")
    arguments.add_argument("--many", type=int, default=100_000, help="images of the large one")
    given = arguments.parse_args()
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False)
    with tempfile.TemporaryDirectory(prefix="bench-scraper-") as folder, s3_server(Path(folder)) as s3:
        bench = Bench(Path(folder), s3)
        bench.install_scrapy()
        bench.warm_up()
        rounds = [bench.round(given.images, number) for number in range(given.rounds)]
        memory = {str(count): bench.memory(count) for count in (given.few, given.many)}
    report(given, head.stdout.strip(), rounds, memory)


class Bench:
    def __init__(self, folder: Path, s3: SeaweedFS) -> None:
        self.folder = folder
        self.s3 = s3

    def install_scrapy(self) -> None:
        uv = os.environ.get("UV", "uv")
        self.scrapy = self.folder / "scrapy" / "bin" / "python"
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, self.scrapy.parents[1]], check=True)
        packages = [SCRAPY, "pillow", "botocore"]
        command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", self.scrapy, *packages]
        subprocess.run(command, check=True)

    def warm_up(self) -> None:
        """Let both sides leave their bytecode, as an installed program has it; without, each start compiles anew."""
        with site(100, "--bytes", "3000") as url:
            self.run_acneflow(url, 100)
            self.run_scrapy(url, 100)

    def round(self, images: int, number: int) -> dict[str, Figures]:
        with site(images, "--bytes", "40000") as url:
            sides = [self.run_scrapy, self.run_acneflow]
            figures: dict[str, Figures] = {}
            for side in sides if number % 2 == 0 else reversed(sides):
                figures |= side(url, images)
        for name, of_side in figures.items():
            print(f"round {number}, {name}: {json.dumps(of_side)}", flush=True)
        return figures

    def run_scrapy(self, url: str, images: int) -> dict[str, Figures]:
        store = self.bucket()
        secret, endpoint = store["ACNEFLOW_STORE_SECRET_KEY"], store["ACNEFLOW_STORE_ENDPOINT"]
        places = {
            "scrapy": f"s3://{store['ACNEFLOW_BUCKET']}/images/",
            "scrapy, to local files": str(self.folder / "files" / uuid.uuid4().hex),
        }
        figures = {}
        for side, place in places.items():
            command = [self.scrapy, HERE / "scrapy_side.py", url, place, endpoint, "bench", secret, CONNECTIONS]
            out, figures[side] = measured(command, {}, images)
            assert out.split()[0] == str(images), f"Scrapy stored {out.split()[0]} of {images} images"
        return figures

    def run_acneflow(self, url: str, images: int) -> dict[str, Figures]:
        settings = self.bucket()
        return {
            "acneflow": self.scrape(url, settings, images),
            "acneflow, again": self.scrape(url, settings, images, unchanged=True),
            "acneflow, again, every image asked after": self.scrape(
                url, settings, images, "--revalidate", unchanged=True
            ),
        }

    def memory(self, images: int) -> Figures:
        with site(images, "--bytes", "3000", "--width", "120", "--height", "90") as url:
            figures = self.scrape(url, self.bucket(), images)
        print(f"{images} images: {json.dumps(figures)}", flush=True)
        return figures

    def scrape(
        self, url: str, settings: dict[str, str], images: int, *options: str, unchanged: bool = False
    ) -> Figures:
        before = stats(url)
        command = [Path(sys.executable).with_name("scraper"), "run", "--source", "sample", "--site-url", url, *options]
        out, figures = measured(command, settings, images)
        result = json.loads(out.splitlines()[-1].removeprefix(RESULT_PREFIX))
        expected = {"images": images, "refused": 0, "unchanged": unchanged}
        assert expected.items() <= result.items(), result
        sent = {name: value - before[name] for name, value in stats(url).items()}
        assert sent["images"] == (0 if unchanged else images), sent
        return figures | {"image_bytes": sent["image_bytes"], "image_requests": sent["images"] + sent["not_modified"]}

    def bucket(self) -> dict[str, str]:
        settings = self.s3.settings(f"bench-{uuid.uuid4().hex[:8]}")
        ObjectStore(settings).ensure_bucket()
        return {
            "ACNEFLOW_BUCKET": settings.bucket,
            "ACNEFLOW_STORE_ENDPOINT": str(settings.store_endpoint),
            "ACNEFLOW_STORE_ACCESS_KEY": settings.store_access_key,
            "ACNEFLOW_STORE_SECRET_KEY": settings.store_secret_key.get_secret_value(),
            "ACNEFLOW_CACHE": str(self.folder / "cache"),
            "ACNEFLOW_SCRAPER_AUTOTHROTTLE": "no",
            "ACNEFLOW_SCRAPER_CONNECTIONS_PER_HOST": str(CONNECTIONS),
        }


def measured(command: Sequence[object], settings: dict[str, str], images: int) -> tuple[str, Figures]:
    """Run a command, from its start to its end."""
    began = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        [str(part) for part in command], env=environment | settings, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    peaks = [0.0]
    watcher = threading.Thread(target=watch_peak, args=(process.pid, peaks))
    watcher.start()
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - began
    watcher.join()
    assert process.returncode == 0, f"{command[0]} ended with {process.returncode}"
    return out, {
        "seconds": round(seconds, 3),
        "images_per_s": round(images / seconds, 1),
        "peak_rss_mb": round(peaks[0], 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "load_1m": round(os.getloadavg()[0], 1),
    }


def watch_peak(pid: int, peaks: list[float]) -> None:
    """Keep the kernel's own peak of resident memory; wait4's counts what the process was forked from, too."""
    status = Path(f"/proc/{pid}/status")
    while True:
        try:
            peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        except OSError:
            return
        if peak is None:
            return
        peaks[0] = max(peaks[0], int(peak[1]) / 1024)
        time.sleep(0.05)


@contextmanager
def site(images: int, *options: str) -> Iterator[str]:
    (port,) = free_ports(1)
    command = [sys.executable, HERE / "site.py", "--port", port, "--images", images, *options]
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def stats(url: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}/stats") as answer:  # noqa: S310 - our own site
        return dict(json.load(answer))


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
    given: argparse.Namespace, commit: str, rounds: list[dict[str, Figures]], memory: dict[str, Figures]
) -> None:
    def ratio(one: str, other: str, figure: str) -> list[float]:
        return [each[one][figure] / each[other][figure] for each in rounds]

    ratios = {
        "images_per_s_vs_scrapy": ratio("acneflow", "scrapy", "images_per_s"),
        "peak_rss_vs_scrapy": ratio("acneflow", "scrapy", "peak_rss_mb"),
        "images_per_s_vs_scrapy_to_local_files": ratio("acneflow", "scrapy, to local files", "images_per_s"),
        "peak_rss_vs_scrapy_to_local_files": ratio("acneflow", "scrapy, to local files", "peak_rss_mb"),
        "cpu_seconds_vs_scrapy": ratio("acneflow", "scrapy", "cpu_seconds"),
        "rescrape_time_share": ratio("acneflow, again", "acneflow", "seconds"),
        "rescrape_time_share_every_image_asked_after": ratio(
            "acneflow, again, every image asked after", "acneflow", "seconds"
        ),
        "rss_100k_vs_1k": [memory[str(given.many)]["peak_rss_mb"] / memory[str(given.few)]["peak_rss_mb"]],
    }
    RESULTS.mkdir(exist_ok=True)
    document = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "settings": vars(given) | {"connections": CONNECTIONS, "peer": SCRAPY, "image_bytes": 40_000},
        "sides": {"rounds": rounds, "memory": memory},
        "ratios": {
            name: {"median": round(statistics.median(v), 4), "min": round(min(v), 4), "max": round(max(v), 4)}
            for name, v in ratios.items()
        },
    }
    (RESULTS / "scraper.json").write_text(json.dumps(document, indent=2) + "\n")
    plot(rounds)
    print(json.dumps(document["ratios"], indent=2))


def plot(rounds: list[dict[str, Figures]]) -> None:
    matplotlib.use("Agg")
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.8))
    for axis, key, title in zip(
        axes, ("images_per_s", "peak_rss_mb"), ("images per second", "peak memory, MB"), strict=True
    ):
        values = {
            name: [each[name][key] for each in rounds] for name in ("scrapy", "scrapy, to local files", "acneflow")
        }
        axis.bar(list(values), [statistics.median(v) for v in values.values()], color=["#999999", "#bbbbbb", "#3b6ea5"])
        for position, shown in enumerate(values.values()):
            axis.plot([position] * len(shown), shown, "k.")
        axis.set_title(title)
    figure.tight_layout()
    figure.savefig(RESULTS / "scraper.png", dpi=110)


if __name__ == "__main__":
    main()
