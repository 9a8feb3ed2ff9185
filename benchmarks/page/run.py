"""Twenty visitors of the page at once: how long from dropping a photo to its answer, and what a session costs.

The page, a gateway, and a model server with a full-size MobileNetV2, each a process of its own, share the machine's
cores with the visitors. Photos are 1024×768 of about 150 KB. Run it by `make bench NAME=page`; about two minutes.
"""

import argparse
import asyncio
import datetime
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path

import httpx
import matplotlib
import psutil
from matplotlib import pyplot as plt
from visitor import Visitor

from contracts import keys
from contracts.models.channels import Channels
from contracts.models.version import DESCRIPTION_FILE
from objectstore import ObjectStore
from stack.seaweedfs import INTERNAL_PORTS, SeaweedFS, free_ports, wait_until_ready

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"
BIN = Path(sys.executable).parent
THINKING_S = (1.0, 3.0)
"""How long a visitor looks at an answer before the next photo."""
SESSION_ENDS_S = 45.0
FORGOTTEN_S = 37.0
"""The page keeps a lost connection's session for 30 s, and looks every 5 s for those whose time is up."""
Figures = dict[str, float]
Memory = dict[str, float | list[float]]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=4)
    arguments.add_argument("--visitors", type=int, default=20)
    arguments.add_argument("--asks", type=int, default=4, help="photos of each visitor in a round")
    arguments.add_argument("--turnover", type=int, default=10, help="times that all visitors are replaced by new ones")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-page-") as name, ExitStack() as stack:
        folder = Path(name)
        command = [
            sys.executable,
            "-c",
            "import sys; from photos import photo; sys.stdout.buffer.write(photo((1024, 768), 150_000))",
        ]
        photo = subprocess.run(command, cwd=HERE.parent / "gateway", capture_output=True, check=True).stdout
        gateway = stack.enter_context(running_gateway(folder))
        url, page = stack.enter_context(running_page(gateway))
        rounds, memory = asyncio.run(measured(url, page, photo, given))
    report(given, len(photo), rounds, memory)


@contextmanager
def running_gateway(folder: Path) -> Iterator[str]:
    """A store with one version, a model server that serves it, and a gateway before them: its address."""
    port, *internal = free_ports(1 + INTERNAL_PORTS)
    s3 = SeaweedFS(folder / "store", port, tuple(internal), "bench", uuid.uuid4().hex, volume_size_mb=16)
    s3.prepare()
    version, config = folder / "acne" / "1", folder / "models.config"
    subprocess.run([sys.executable, HERE.parent / "serving" / "version.py", version], check=True, capture_output=True)
    config.write_text(
        f'model_config_list {{ config {{ name: "acne" base_path: "{folder}/acne" model_platform: "tensorflow" '
        'model_version_policy { specific { versions: 1 } } version_labels { key: "production" value: 1 } } }'
    )
    grpc_port, gateway_port = free_ports(2)
    settings = s3.settings("bench")
    environment = {
        "ACNEFLOW_BUCKET": settings.bucket,
        "ACNEFLOW_STORE_ENDPOINT": str(settings.store_endpoint),
        "ACNEFLOW_STORE_ACCESS_KEY": settings.store_access_key,
        "ACNEFLOW_STORE_SECRET_KEY": settings.store_secret_key.get_secret_value(),
        "ACNEFLOW_SERVING_ADDRESS": f"127.0.0.1:{grpc_port}",
    }
    with process(s3.command()), process([BIN / "serving", "serve", "--port", grpc_port, "--model_config_file", config]):
        store = ObjectStore(settings)
        wait_until_ready(store, timeout_s=60)
        store.ensure_bucket()
        store.put(f"{keys.version('acne', 1)}/{DESCRIPTION_FILE}", (version / DESCRIPTION_FILE).read_bytes())
        store.put(keys.channels("acne"), Channels().with_production(1, "a benchmark").to_json())
        with process([BIN / "gateway", "serve", "--port", gateway_port], environment):
            wait_for(f"http://127.0.0.1:{gateway_port}/readyz")
            yield f"http://127.0.0.1:{gateway_port}"


@contextmanager
def running_page(gateway: str) -> Iterator[tuple[str, psutil.Process]]:
    (port,) = free_ports(1)
    environment = {"ACNEFLOW_GATEWAY_URL": gateway, "ACNEFLOW_FRONTEND_PORT": str(port)}
    with process([BIN / "frontend"], environment) as page:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}", page


@contextmanager
def process(command: Sequence[object], environment: Mapping[str, str] | None = None) -> Iterator[psutil.Process]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ACNEFLOW_")}
    started = subprocess.Popen(
        [str(part) for part in command],
        env={**inherited, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield psutil.Process(started.pid)
    finally:
        started.kill()
        started.wait()


def wait_for(url: str, timeout_s: float = 120) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise TimeoutError(url)


async def measured(
    url: str, page: psutil.Process, photo: bytes, given: argparse.Namespace
) -> tuple[list[dict[str, Figures]], Memory]:
    async with Visitor(url) as first:  # everything is imported, and the pools are as large as they get
        await first.ask(photo)
        await asyncio.gather(*(first.http.get(f"{url}/_stcore/health") for _ in range(8)))
    await until_left(url)
    before = page.memory_info().rss
    rounds = []
    async with AsyncExitStack() as stack:
        visitors = [await stack.enter_async_context(Visitor(url)) for _ in range(given.visitors)]
        for number in range(given.rounds):
            cpu = sum(page.cpu_times()[:2])
            thinking = await asyncio.gather(*(visit(visitor, photo, given.asks) for visitor in visitors))
            spent = sum(page.cpu_times()[:2]) - cpu
            burst = await asyncio.gather(*(visitor.ask(photo) for visitor in visitors))
            seconds = [each for asks in thinking for each in asks]
            figures = {"visitors": summary(seconds), "all at the same moment": summary(burst)}
            figures["page"] = {"cpu_ms_per_answer": round(spent / len(seconds) * 1e3, 1), "load_1m": os.getloadavg()[0]}
            print(f"round {number}: {json.dumps(figures)}", flush=True)
            rounds.append(figures)
        held = page.memory_info().rss
    left_s = await until_left(url)
    turnover = [await new_sessions(url, page, photo, given) for _ in range(given.turnover)]
    await asyncio.sleep(FORGOTTEN_S)
    memory: Memory = {
        "rss_before_mb": round(before / 1e6, 1),
        "rss_with_sessions_mb": round(held / 1e6, 1),
        "rss_after_mb": round(page.memory_info().rss / 1e6, 1),
        "rss_by_turnover_mb": turnover,
        "mb_per_session": round((held - before) / 1e6 / given.visitors, 2),
        "sessions_left": float(metric(url, "active_sessions ")),
        "uploads_left_bytes": float(metric(url, 'cache_memory_bytes{cache_type="UploadedFileManager"')),
        "left_after_s": round(left_s, 1),
    }
    print(f"memory: {json.dumps(memory)}", flush=True)
    return rounds, memory


async def new_sessions(url: str, page: psutil.Process, photo: bytes, given: argparse.Namespace) -> float:
    """As many new visitors, each with one photo, who then leave: MB resident with all of them."""
    async with AsyncExitStack() as stack:
        visitors = [await stack.enter_async_context(Visitor(url)) for _ in range(given.visitors)]
        await asyncio.gather(*(visitor.ask(photo) for visitor in visitors))
        return round(page.memory_info().rss / 1e6, 1)


async def visit(visitor: Visitor, photo: bytes, asks: int) -> list[float]:
    seconds = []
    for _ in range(asks):
        await asyncio.sleep(random.uniform(*THINKING_S))  # noqa: S311 - people, not secrets
        seconds.append(await visitor.ask(photo))
    return seconds


async def until_left(url: str) -> float:
    began = time.monotonic()
    while metric(url, "active_sessions ") and time.monotonic() - began < SESSION_ENDS_S:  # noqa: ASYNC110
        await asyncio.sleep(0.5)
    return time.monotonic() - began


def metric(url: str, name: str) -> int:
    lines = httpx.get(f"{url}/_stcore/metrics").text.splitlines()
    return sum(int(float(line.split()[-1])) for line in lines if line.startswith(name))


def summary(seconds: Sequence[float]) -> Figures:
    ordered = sorted(seconds)
    return {
        "answers": len(ordered),
        "p50_s": round(statistics.median(ordered), 3),
        "p95_s": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 3),
        "max_s": round(ordered[-1], 3),
    }


def report(given: argparse.Namespace, photo_bytes: int, rounds: list[dict[str, Figures]], memory: Memory) -> None:
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    middle = {
        name: statistics.median(each[side][key] for each in rounds)
        for name, side, key in (
            ("p50_s", "visitors", "p50_s"),
            ("p95_s", "visitors", "p95_s"),
            ("burst_p95_s", "all at the same moment", "p95_s"),
            ("page_cpu_ms_per_answer", "page", "cpu_ms_per_answer"),
        )
    }
    spread = [each["visitors"]["p95_s"] / each["visitors"]["p50_s"] for each in rounds]
    document = {
        "machine": machine,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "settings": vars(given) | {"photo_bytes": photo_bytes, "thinking_s": THINKING_S},
        "sides": {"rounds": rounds, "memory": memory},
        "figures": middle | {name: memory[name] for name in ("mb_per_session", "sessions_left", "uploads_left_bytes")},
        "ratios": {
            "p95_vs_p50": {
                "median": round(statistics.median(spread), 3),
                "min": round(min(spread), 3),
                "max": round(max(spread), 3),
            }
        },
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "page.json").write_text(json.dumps(document, indent=2) + "\n")
    plot(rounds, given.visitors)
    print(json.dumps(document["figures"], indent=2))


def plot(rounds: list[dict[str, Figures]], visitors: int) -> None:
    matplotlib.use("Agg")
    figure, axis = plt.subplots(figsize=(6, 3.2))
    for place, side in enumerate(("visitors", "all at the same moment")):
        for offset, key in enumerate(("p50_s", "p95_s")):
            values = [each[side][key] for each in rounds]
            label = f"{key[:3]}" if place == 0 else None
            axis.bar(
                place + 0.35 * offset, statistics.median(values), 0.3, color=("#0f766e", "#c2660c")[offset], label=label
            )
    axis.axhline(1.5, color="#999999", linestyle="--", label="aim for p95")
    axis.set_xticks([0.175, 1.175], [f"{visitors} visitors, 1-3 s between photos", "all at the same moment"])
    axis.set_ylabel("seconds from photo to answer")
    axis.legend()
    figure.tight_layout()
    figure.savefig(RESULTS / "page.png", dpi=110)


if __name__ == "__main__":
    main()
