"""The embedded model server against a bare LiteRT loop, against TensorFlow on the same SavedModel, and in int8.

The same MobileNetV2, the same picture, one per request over gRPC's `pixels`; clients run on the server's cores.
Sides alternate. Also: how soon it answers after its start, what memory it takes, and how long a change of the
production version takes to be answered, through a real store and the sync sidecar. Run it by `make bench NAME=serving`.
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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import grpc
import matplotlib
import numpy as np
import psutil
from changes import reload_times
from load import load
from matplotlib import pyplot as plt

from contracts.models.version import LITERT_FILE, LITERT_INT8_FILE
from inference import usable_cores
from stack.seaweedfs import free_ports
from stack.services import SERVING_MALLOC
from wire import Methods, tensor
from wire import serving_pb2 as pb

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"
SERVING = Path(sys.executable).with_name("serving")
ECHO = "grpc without a network run"
SIDES: Mapping[str, Sequence[str]] = {
    "litert": (),
    "int8": ("--precision", "int8"),
    "savedmodel": ("--engine", "savedmodel"),
}
REQUESTS: Mapping[str, int] = {"litert": 500, "int8": 800, "savedmodel": 200, ECHO: 2000}
"""Of each measurement: a second or two."""

SETTLING_S = 2.0
"""The server hands back what a burst of requests took about a second after it."""

Figures = dict[str, float]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=1.5, help="of each bare loop")
    arguments.add_argument("--clients", type=int, nargs="+", default=[1, 2, 8, 32])
    arguments.add_argument("--changes", type=int, default=40, help="of the production version")
    arguments.add_argument("--starts", type=int, default=5)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-serving-") as name:
        folder = Path(name)
        version = folder / "acne" / "1"
        subprocess.run([sys.executable, HERE / "version.py", version], check=True, capture_output=True)
        config = write_config(folder)
        starts = [start(config) for _ in range(given.starts)]
        print(f"starts: {json.dumps(starts)}", flush=True)
        rounds = throughput(version, config, given)
        reloads = reload_times(folder / "reload", version, given.changes)
        print(f"changes: {json.dumps(reloads)}", flush=True)
    report(given, rounds, starts, reloads)


def write_config(folder: Path) -> Path:
    config = folder / "models.config"
    config.write_text(
        f'model_config_list {{ config {{ name: "acne" base_path: "{folder}/acne" model_platform: "tensorflow" '
        'model_version_policy { specific { versions: 1 } } version_labels { key: "production" value: 1 } } }'
    )
    return config


@contextmanager
def server(config: Path, flags: Sequence[str] = ()) -> Iterator[tuple[str, psutil.Process, float]]:
    """A model server with both of its ports: its address, its process, and the seconds until its first answer."""
    port, rest_port = free_ports(2)
    command = [SERVING, "serve", "--port", port, "--rest_api_port", rest_port, "--model_config_file", config, *flags]
    began = time.monotonic()
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | SERVING_MALLOC,
    )
    address = f"127.0.0.1:{port}"
    try:
        yield address, psutil.Process(process.pid), first_answer(address, process) - began
    finally:
        process.terminate()
        process.wait()


@contextmanager
def echo() -> Iterator[tuple[str, psutil.Process, float]]:
    """A gRPC server that runs nothing, with the face of a model server."""
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, str(HERE / "echo.py"), address])
    try:
        with grpc.insecure_channel(address) as channel:
            grpc.channel_ready_future(channel).result(timeout=60)
        yield address, psutil.Process(process.pid), time.monotonic() - began
    finally:
        process.terminate()
        process.wait()


def first_answer(address: str, process: "subprocess.Popen[bytes]") -> float:
    pixels = np.zeros((1, 224, 224, 3), np.uint8)
    request = pb.PredictRequest(
        model_spec=pb.ModelSpec(name="acne", signature_name="pixels"), inputs={"pixels": tensor(pixels)}
    )
    options = [(f"grpc.{which}_reconnect_backoff_ms", 20) for which in ("initial", "min", "max")]
    with grpc.insecure_channel(address, options=options) as channel:
        predict = Methods.predict.on(channel)
        while True:
            try:
                predict(request, timeout=5)
            except grpc.RpcError:
                assert process.poll() is None, "the model server has ended"
                time.sleep(0.01)
            else:
                return time.monotonic()


def start(config: Path) -> Figures:
    with server(config) as (address, process, ready_s):
        load(address, 8, REQUESTS["litert"])
        peak = process.memory_info()
        time.sleep(SETTLING_S)
        memory = process.memory_full_info()
        return {
            "ready_s": round(ready_s, 3),
            "rss_mb": round(memory.rss / 1e6, 1),
            "rss_right_after_load_mb": round(peak.rss / 1e6, 1),
            "pss_mb": round(memory.pss / 1e6, 1),
            "load_1m": round(os.getloadavg()[0], 1),
        }


def throughput(version: Path, config: Path, given: argparse.Namespace) -> list[dict[str, Figures]]:
    rounds = []
    with (
        server(config, SIDES["litert"]) as litert,
        server(config, SIDES["int8"]) as int8,
        server(config, SIDES["savedmodel"]) as savedmodel,
        echo() as echoing,
    ):
        servers = {"litert": litert, "int8": int8, "savedmodel": savedmodel, ECHO: echoing}
        for number in range(given.rounds):
            figures: dict[str, Figures] = {"load before": {"load_1m": round(os.getloadavg()[0], 1)}}
            for clients in given.clients:
                names = ["bare litert loop", *servers, "bare int8 loop"]
                for name in names if number % 2 == 0 else reversed(names):
                    if name in servers:
                        figures[f"{name}, {clients} clients"] = under_load(servers[name], clients, REQUESTS[name])
                    else:
                        file = LITERT_FILE if "litert" in name else LITERT_INT8_FILE
                        figures[f"{name}, beside {clients} clients"] = bare(version / file, given.seconds)
            print(f"round {number}: {json.dumps(figures)}", flush=True)
            rounds.append(figures)
    return rounds


def under_load(side: tuple[str, psutil.Process, float], clients: int, requests: int) -> Figures:
    address, process, _ = side
    before = process.cpu_times()
    figures = load(address, clients, requests)
    after = process.cpu_times()
    cpu_s = after.user + after.system - before.user - before.system
    return figures | {"server_cpu_ms_per_image": round(cpu_s / figures["images"] * 1e3, 3)}


def bare(path: Path, seconds: float) -> Figures:
    command = [sys.executable, HERE / "bare.py", path, seconds]
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    return dict(json.loads(run.stdout.splitlines()[-1]))


def report(
    given: argparse.Namespace, rounds: list[dict[str, Figures]], starts: list[Figures], reloads: dict[str, Figures]
) -> None:
    clients = given.clients

    def ratio(figure: str, one: str, other: str, counts: Sequence[int]) -> list[float]:
        pairs = [(f"{one} {count} clients", f"{other} {count} clients") for count in counts]
        return [each[top][figure] / each[bottom][figure] for each in rounds for top, bottom in pairs]

    def cpu_ms(each: dict[str, Figures], side: str, count: int, who: Sequence[str]) -> float:
        """CPU time of one image."""
        if side.startswith("bare"):
            return each[f"{side}, beside {count} clients"]["cpu_ms_per_image"]
        return sum(each[f"{side}, {count} clients"][f"{one}_cpu_ms_per_image"] for one in who)

    def by_cpu_time(one: str, other: str, who: Sequence[str] = ("server", "client")) -> list[float]:
        return [cpu_ms(each, other, count, who) / cpu_ms(each, one, count, who) for each in rounds for count in busy]

    def reachable(each: dict[str, Figures], count: int) -> float:
        """What gRPC's own CPU time would leave of the bare loop, if nothing else cost anything."""
        own_ms = cpu_ms(each, "bare litert loop", count, [])
        return own_ms / (own_ms + cpu_ms(each, ECHO, count, ["server", "client"]))

    busy = [count for count in clients if count >= 2 * usable_cores()] or clients
    ratios = {
        "litert_vs_bare_loop": ratio("images_per_s", "litert,", "bare litert loop, beside", busy),
        "litert_vs_bare_loop_by_cpu_time": by_cpu_time("litert", "bare litert loop"),
        "litert_vs_bare_loop_by_server_cpu_time": by_cpu_time("litert", "bare litert loop", ["server"]),
        "reachable_in_grpc_vs_bare_loop_by_cpu_time": [reachable(each, count) for each in rounds for count in busy],
        "litert_vs_savedmodel": ratio("images_per_s", "litert,", "savedmodel,", busy),
        "litert_vs_savedmodel_by_cpu_time": by_cpu_time("litert", "savedmodel"),
        "bare_loop_vs_savedmodel_by_server_cpu_time": by_cpu_time("bare litert loop", "savedmodel", ["server"]),
        "int8_vs_litert": ratio("images_per_s", "int8,", "litert,", busy),
        "int8_vs_bare_int8_loop": ratio("images_per_s", "int8,", "bare int8 loop, beside", busy),
    }
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    document = {
        "machine": machine,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "settings": vars(given) | {"workers": usable_cores(), "images_per_request": 1, "ratios_over_clients": busy},
        "sides": {"rounds": rounds, "starts": starts, "changes": reloads},
        "figures": {
            "ready_s": statistics.median(each["ready_s"] for each in starts),
            "rss_mb": statistics.median(each["rss_mb"] for each in starts),
            "rss_right_after_load_mb": statistics.median(each["rss_right_after_load_mb"] for each in starts),
            "pss_mb": statistics.median(each["pss_mb"] for each in starts),
            "reload_p95_s": reloads["seconds"]["p95"],
        },
        "ratios": {
            name: {"median": round(statistics.median(v), 4), "min": round(min(v), 4), "max": round(max(v), 4)}
            for name, v in ratios.items()
        },
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "serving.json").write_text(json.dumps(document, indent=2) + "\n")
    plot(rounds, clients)
    print(json.dumps({"figures": document["figures"], "ratios": document["ratios"]}, indent=2))


def plot(rounds: list[dict[str, Figures]], clients: Sequence[int]) -> None:
    matplotlib.use("Agg")
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.5))
    for axis, key, title in zip(
        axes, ("images_per_s", "p99_ms"), ("images per second", "99th percentile of the latency, ms"), strict=True
    ):
        for name in SIDES:
            values = [[each[f"{name}, {count} clients"][key] for each in rounds] for count in clients]
            axis.plot([str(count) for count in clients], [statistics.median(v) for v in values], "o-", label=name)
        if key == "images_per_s":
            loop = [each[f"bare litert loop, beside {count} clients"][key] for each in rounds for count in clients]
            axis.axhline(statistics.median(loop), color="#999999", linestyle="--", label="bare loop, float")
        axis.set_title(title)
        axis.set_xlabel("clients")
        axis.set_yscale("log" if key == "p99_ms" else "linear")
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(RESULTS / "serving.png", dpi=110)


if __name__ == "__main__":
    main()
