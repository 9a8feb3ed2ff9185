"""The gateway before the embedded model server against the same server asked directly over gRPC, and under overload.

Real-size photos: 1024×768 of about 150 KB and 12 megapixels of about 4 MB. Gateway, server and clients share the
machine's cores. Sides alternate. Run it by `make bench NAME=gateway`.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import matplotlib
import psutil
import throughput
from matplotlib import pyplot as plt
from photos import photo

from contracts import keys
from contracts.models.channels import Channels
from contracts.models.version import DESCRIPTION_FILE
from objectstore import ObjectStore, StoreSettings
from stack.seaweedfs import INTERNAL_PORTS, SeaweedFS, free_ports, wait_until_ready
from stack.services import GATEWAY_MALLOC

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"
BIN = Path(sys.executable).parent
SIZES = {"small": ((1024, 768), 150_000), "12mp": ((4000, 3000), 4_000_000)}
CLIENTS = {"small": 8, "12mp": 4}
SETTLED_S = 5.0
"""After its start a gateway is left alone for this long."""
Figures = dict[str, Any]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=4)
    arguments.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    arguments.add_argument("--overload-seconds", type=float, default=8.0)
    arguments.add_argument("--starts", type=int, default=5)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-gateway-") as name, ExitStack() as stack:
        folder = Path(name)
        for size, (pixels, target_bytes) in SIZES.items():
            (folder / f"{size}.jpg").write_bytes(photo(pixels, target_bytes))
        environment = stack.enter_context(backend(folder))
        starts = [start(environment) for _ in range(given.starts)]
        print(f"starts: {json.dumps(starts)}", flush=True)
        direct = environment["ACNEFLOW_SERVING_ADDRESS"]
        rounds = []
        for number in range(given.rounds):
            # each round has a process of its own, since starts of the same code differ by up to a tenth
            with running_gateway(environment) as (gateway, process, _):
                rounds.append(one_round(number, gateway, direct, folder, given))
                time.sleep(1)  # within which it gives back what the last crowd took
                rounds[-1]["rss_mb"] = round(process.memory_info().rss / 1e6, 1)
                print(f"round {number}: {json.dumps(rounds[-1])}", flush=True)
        with running_gateway(environment) as (gateway, _, _):
            obeyed = obey(gateway, folder, rounds[-1])
        print(f"obeyed: {json.dumps(obeyed)}", flush=True)
    report(given, rounds, starts, obeyed)


@contextmanager
def backend(folder: Path) -> Iterator[dict[str, str]]:
    """A store with one version, and a model server that serves it: the environment by which a gateway finds them."""
    port, *internal = free_ports(1 + INTERNAL_PORTS)
    s3 = SeaweedFS(folder / "store", port, tuple(internal), "bench", uuid.uuid4().hex, volume_size_mb=16)
    s3.prepare()
    version, config = folder / "acne" / "1", folder / "models.config"
    subprocess.run([sys.executable, HERE.parent / "serving" / "version.py", version], check=True, capture_output=True)
    config.write_text(
        f'model_config_list {{ config {{ name: "acne" base_path: "{folder}/acne" model_platform: "tensorflow" '
        'model_version_policy { specific { versions: 1 } } version_labels { key: "production" value: 1 } } }'
    )
    grpc_port = free_ports(1)[0]
    server = [BIN / "serving", "serve", "--port", grpc_port, "--model_config_file", config]
    with process(s3.command()), process(server):
        settings = s3.settings("bench")
        store = ObjectStore(settings)
        wait_until_ready(store, timeout_s=60)
        publish(store, version / DESCRIPTION_FILE)
        yield environment_of(settings) | GATEWAY_MALLOC | {"ACNEFLOW_SERVING_ADDRESS": f"127.0.0.1:{grpc_port}"}


def publish(store: ObjectStore, description: Path) -> None:
    store.ensure_bucket()
    store.put(f"{keys.version('acne', 1)}/{DESCRIPTION_FILE}", description.read_bytes())
    store.put(keys.channels("acne"), Channels().with_production(1, "a benchmark").to_json())


def environment_of(settings: StoreSettings) -> dict[str, str]:
    return {
        "ACNEFLOW_BUCKET": settings.bucket,
        "ACNEFLOW_STORE_ENDPOINT": str(settings.store_endpoint),
        "ACNEFLOW_STORE_ACCESS_KEY": settings.store_access_key,
        "ACNEFLOW_STORE_SECRET_KEY": settings.store_secret_key.get_secret_value(),
    }


@contextmanager
def process(command: Sequence[object], environment: dict[str, str] | None = None) -> Iterator[psutil.Process]:
    started = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if not name.startswith("ACNEFLOW_")}
        | (environment or {}),
    )
    try:
        yield psutil.Process(started.pid)
    finally:
        started.terminate()
        try:
            started.wait(timeout=10)
        except subprocess.TimeoutExpired:  # the store takes its time
            started.kill()
            started.wait()


@contextmanager
def running_gateway(environment: dict[str, str]) -> Iterator[tuple[str, psutil.Process, float]]:
    """Its address, its process, and the seconds until it was ready."""
    port = free_ports(1)[0]
    began = time.monotonic()
    with process([BIN / "gateway", "serve", "--port", port], environment) as started:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                    break
            except OSError:
                assert started.is_running(), "the gateway has ended"
                assert time.monotonic() - began < 60, "the gateway doesn't get ready"
                time.sleep(0.01)
        ready_s = time.monotonic() - began
        time.sleep(max(0.0, began + SETTLED_S - time.monotonic()))
        yield f"127.0.0.1:{port}", started, ready_s


def start(environment: dict[str, str]) -> Figures:
    with running_gateway(environment) as (_, started, ready_s):
        idle_mb = started.memory_info().rss / 1e6
    return {"ready_s": round(ready_s, 3), "idle_rss_mb": round(idle_mb, 1), "load_1m": round(os.getloadavg()[0], 1)}


def one_round(number: int, gateway: str, direct: str, folder: Path, given: argparse.Namespace) -> Figures:
    figures: Figures = {"load_1m": round(os.getloadavg()[0], 1)}
    throughput.rest(gateway, folder / "small.jpg", CLIENTS["small"], 1)  # its first photos

    sides = {"gateway": (throughput.rest, gateway), "direct": (throughput.direct, direct)}
    there_and_back = [*sides, *reversed(sides)] if number % 2 == 0 else [*reversed(sides), *sides]
    for size, clients in CLIENTS.items():
        measured: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
        for side in there_and_back:  # the machine's own speed drifts by a tenth within seconds
            ask, address = sides[side]
            measured[side].append(ask(address, folder / f"{size}.jpg", clients, given.seconds))
        for side, twice in measured.items():
            means = {name: round(statistics.mean(each[name] for each in twice), 2) for name in twice[0]}
            figures[f"{side}, {size}, {clients} clients"] = means
    singles = {"gateway": ("http", gateway), "direct plus decoding": ("pixels", direct)}
    for size in SIZES:
        for side in singles if number % 2 == 0 else reversed(singles):
            photo_file = folder / f"{size}.jpg"
            figures[f"{side}, {size}, 1 client"] = run_json("load.py", *singles[side], photo_file, given.seconds)
    small, clients = folder / "small.jpg", CLIENTS["small"]
    for arrivals, option in {"": ("--seed", number), ", evenly": ("--evenly",)}.items():
        before = throughput.rest(gateway, small, clients, given.seconds)["images_per_s"]
        for load, factor in {"half load": 0.5, "overload": 3.0}.items():
            open_loop = ("--rate", before * factor, "--seconds", given.overload_seconds, "--warmup", 4, *option)
            figures[load + arrivals] = run_json("open_loop.py", gateway, small, *open_loop)
            time.sleep(1)
        after = throughput.rest(gateway, small, clients, given.seconds)["images_per_s"]
        figures["overload" + arrivals]["capacity_per_s"] = round(statistics.mean((before, after)), 2)
    return figures


def obey(gateway: str, folder: Path, last: Figures) -> Figures:
    """Three times the capacity for three seconds; everybody who is sent away comes back when told to."""
    rate = 3 * last["gateway, small, 8 clients"]["images_per_s"]
    return run_json("open_loop.py", gateway, folder / "small.jpg", "--rate", rate, "--seconds", 3, "--obey")


def run_json(script: str, *arguments: object) -> Figures:
    command = [sys.executable, HERE / script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def report(given: argparse.Namespace, rounds: list[Figures], starts: list[Figures], obeyed: Figures) -> None:
    def ratio(top: str, bottom: str, figure: str, over: str | None = None) -> list[float]:
        return [each[top][figure] / each[bottom][over or figure] for each in rounds]

    ratios = {
        "throughput_vs_direct_small": ratio("gateway, small, 8 clients", "direct, small, 8 clients", "images_per_s"),
        "throughput_vs_direct_12mp": ratio("gateway, 12mp, 4 clients", "direct, 12mp, 4 clients", "images_per_s"),
        "overload_p99_vs_half_load": ratio("overload", "half load", "p99_ms"),
        "overload_p99_vs_half_load_evenly": ratio("overload, evenly", "half load, evenly", "p99_ms"),
        "overload_throughput_share": ratio("overload", "overload", "accepted_per_s", "capacity_per_s"),
    }
    added = {
        size: [
            each[f"gateway, {size}, 1 client"]["p50_ms"] - each[f"direct plus decoding, {size}, 1 client"]["p50_ms"]
            for each in rounds
        ]
        for size in SIZES
    }
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    document = {
        "machine": machine,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "settings": vars(given) | {"clients": CLIENTS},
        "sides": {"rounds": rounds, "starts": starts, "obeyed": obeyed},
        "figures": {
            "added_p50_ms": round(statistics.median(added["small"]), 2),
            "added_p50_12mp_ms": round(statistics.median(added["12mp"]), 2),
            "rss_mb": max(each["rss_mb"] for each in rounds),
            "ready_s": statistics.median(each["ready_s"] for each in starts),
            "came_back_accepted_share": round(obeyed["came_back_accepted"] / max(1, obeyed["came_back"]), 3),
        },
        "ratios": {
            name: {"median": round(statistics.median(v), 4), "min": round(min(v), 4), "max": round(max(v), 4)}
            for name, v in ratios.items()
        },
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "gateway.json").write_text(json.dumps(document, indent=2) + "\n")
    plot(rounds)
    print(json.dumps({"figures": document["figures"], "ratios": document["ratios"]}, indent=2))


def plot(rounds: list[Figures]) -> None:
    matplotlib.use("Agg")
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5))
    names = [
        f"{side}, {size}, {clients} clients" for size, clients in CLIENTS.items() for side in ("direct", "gateway")
    ]
    medians = [statistics.median(each[name]["images_per_s"] for each in rounds) for name in names]
    left.bar([name.replace(", ", "\n", 1) for name in names], medians, color=["#999999", "#4477aa"] * len(CLIENTS))
    left.set_title("images per second")
    left.tick_params(axis="x", labelsize=7)
    loads = ("half load", "overload")
    right.bar(loads, [statistics.median(each[name]["p99_ms"] for each in rounds) for name in loads], color="#4477aa")
    right.set_title("99th percentile of accepted requests, ms")
    figure.tight_layout()
    figure.savefig(RESULTS / "gateway.png", dpi=110)


if __name__ == "__main__":
    main()
