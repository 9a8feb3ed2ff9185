"""What Airflow takes: importing all DAGs where steps are processes and where they are containers, and being idle.

Imports run in a process of their own, settings alternate. The idle Airflow is the embedded stack's three processes,
ready and without a run; its memory is the sum of its processes' proportional set sizes, so that shared pages count
once. Run it by `make bench NAME=airflow`; about 5 minutes on two quiet cores.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import matplotlib
import psutil
from matplotlib import pyplot as plt

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"
AIRFLOW = HERE.parents[1] / "airflow"
PYTHON = AIRFLOW / ".venv" / "bin" / "python"
SETTINGS = ("process", "docker")
IMPORT_LIMIT_S = 2.0
IDLE_LIMIT_MB = 2_000.0
Figures = dict[str, float]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    arguments.add_argument("--imports", type=int, default=7, help="rounds of importing")
    arguments.add_argument("--rounds", type=int, default=3, help="idle Airflows")
    arguments.add_argument("--settle", type=float, default=15.0, help="seconds from ready to the first look")
    arguments.add_argument("--idle", type=float, default=45.0, help="seconds to look at it")
    given = arguments.parse_args()
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-airflow-") as folder:
        imports = [{setting: import_dags(setting, Path(folder)) for setting in SETTINGS} for _ in range(given.imports)]
        idle = [be_idle(Path(folder) / str(number), given.settle, given.idle) for number in range(given.rounds)]
    report(given, head.stdout.strip(), load, imports, idle)


def import_dags(setting: str, folder: Path) -> Figures:
    """Import all DAGs once."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "AIRFLOW_HOME": str(folder / "home"),
        "PYTHONPATH": str(AIRFLOW),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "ACNEFLOW_STEP_SETTING": setting,
    }
    command = [PYTHON, HERE / "dag_imports.py", AIRFLOW / "dags"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


def be_idle(folder: Path, settle_s: float, idle_s: float) -> Figures:
    """Start an Airflow, leave it alone, and see what it takes."""
    began = time.monotonic()
    with running(folder) as (process, door):
        ready_s = time.monotonic() - began
        time.sleep(settle_s)
        before, at = cpu_seconds(process), time.monotonic()
        memory = []
        while time.monotonic() - at < idle_s:
            memory.append(sum(sizes(process)))
            time.sleep(5)
        cores = (cpu_seconds(process) - before) / (time.monotonic() - at)
        return {
            "ready_s": round(ready_s, 1),
            "processes": len(sizes(process)),
            "peak_mb": round(max(memory), 1),
            "median_mb": round(statistics.median(memory), 1),
            "cores": round(cores, 3),
            "dag_processor_seconds": round(sum(parse_durations(door)), 3),
        }


@contextmanager
def running(folder: Path) -> Iterator[tuple[psutil.Process, dict[str, str]]]:
    """An embedded Airflow, and the way in."""
    command = [PYTHON, AIRFLOW / "tests" / "support" / "serve.py", folder]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        yield psutil.Process(process.pid), json.loads(process.stdout.readline())
        process.stdin.close()


def sizes(starter: psutil.Process) -> list[float]:
    """The proportional set size of each of Airflow's processes, in MB; whoever started them doesn't count."""
    return [each.memory_full_info().pss / 1e6 for each in starter.children(recursive=True)]


def cpu_seconds(starter: psutil.Process) -> float:
    """What they have used so far, with their children that are gone."""
    return sum(sum(each.cpu_times()[:4]) for each in starter.children(recursive=True))


def parse_durations(door: dict[str, str]) -> list[float]:
    """How long the DAG processor itself says that it took for each file, in seconds."""
    sign_in = {"username": door["username"], "password": door["password"]}
    token = httpx.post(f"{door['url']}/auth/token", json=sign_in, timeout=60).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    dags: list[dict[str, Any]] = httpx.get(f"{door['url']}/api/v2/dags", headers=headers, timeout=60).json()["dags"]
    return [dag["last_parse_duration"] for dag in dags]


def report(
    given: argparse.Namespace, commit: str, load: float, imports: list[dict[str, Figures]], idle: list[Figures]
) -> None:
    ratios = {
        "import_in_containers_vs_processes": [
            each["docker"]["seconds"] / each["process"]["seconds"] for each in imports
        ],
        "import_vs_2_s": [each[setting]["seconds"] / IMPORT_LIMIT_S for each in imports for setting in SETTINGS],
        "dag_processor_vs_2_s": [each["dag_processor_seconds"] / IMPORT_LIMIT_S for each in idle],
        "idle_memory_vs_2_gb": [each["peak_mb"] / IDLE_LIMIT_MB for each in idle],
    }
    RESULTS.mkdir(exist_ok=True)
    document = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "settings": vars(given) | {"load_at_start": round(load, 1)},
        "sides": {"imports": imports, "idle": idle},
        "ratios": {
            name: {"median": round(statistics.median(v), 4), "min": round(min(v), 4), "max": round(max(v), 4)}
            for name, v in ratios.items()
        },
    }
    (RESULTS / "airflow.json").write_text(json.dumps(document, indent=2) + "\n")
    plot(imports, idle)
    print(json.dumps(document["ratios"], indent=2))


def plot(imports: list[dict[str, Figures]], idle: list[Figures]) -> None:
    matplotlib.use("Agg")
    figure, (seconds, memory) = plt.subplots(1, 2, figsize=(9, 3.6))
    for position, setting in enumerate(SETTINGS):
        values = [each[setting]["seconds"] for each in imports]
        seconds.bar(f"steps: {setting}", statistics.median(values), color="#3b6ea5")
        seconds.plot([position] * len(values), values, "k.")
    seconds.axhline(IMPORT_LIMIT_S, color="#999999", linestyle="--")
    seconds.set_title("importing all DAGs, seconds (dashed: limit)")
    values = [each["peak_mb"] for each in idle]
    memory.bar("idle, embedded", statistics.median(values), color="#3b6ea5")
    memory.plot([0] * len(values), values, "k.")
    memory.axhline(IDLE_LIMIT_MB, color="#999999", linestyle="--")
    memory.set_title("peak memory, MB (dashed: limit)")
    figure.tight_layout()
    figure.savefig(RESULTS / "airflow.png", dpi=110)


if __name__ == "__main__":
    main()
