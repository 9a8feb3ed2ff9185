"""A stand-in for the services' commands: it keeps the contract with a step, and does none of the work.

`install` puts it into a folder under the names of the real commands, `let` decides how a step ends, and every call is
written down beside the commands.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

COMMANDS = ("scraper", "trainer", "serving", "gateway")

RESULTS: Mapping[str, Mapping[str, object]] = {
    "run": {
        "snapshot": "s3://b/sources/sample/snapshots/t/manifest.json",
        "images": 9,
        "refused": 1,
        "unchanged": False,
    },
    "prepare": {
        "dataset": "s3://b/datasets/d/manifest.json",
        "dataset_id": "d",
        "train": 5,
        "validation": 2,
        "test": 2,
    },
    "train": {"run": "s3://b/runs/r/manifest.json", "run_id": "r", "validation_macro_f1": 0.9},
    "evaluate": {"evaluation": "s3://b/runs/r/evaluation.json", "model": "acne", "version": 3, "accepted": True},
    "promote": {"model": "acne", "version": 3, "promoted": True, "reason": "better than production"},
    "verify": {"model": "acne", "version": 3, "seconds": 0.5},
    "drift": {"model": "acne", "version": 3, "predictions": 812, "psi": {"confidence": 0.3}, "drifted": True},
}


def install(folder: Path) -> Path:
    """Make the folder with the commands; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for command in COMMANDS:
        script = folder / command
        script.write_text(f"#!{sys.executable} -ES\n{Path(__file__).read_text()}")
        script.chmod(0o755)
    return folder


def let(folder: Path, step: str, ending: str) -> None:
    """Have a subcommand of this folder (`run`, `prepare`, …) end in one of `ENDINGS` from now on."""
    (folder / f"{step}.ending").write_text(ending)


def calls(folder: Path) -> list[dict[str, Any]]:
    """What was called in the folder, in order: `arguments` (the command's name first), `variables` (names), `pid`."""
    path = folder / "calls.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def main() -> int:
    """Be the command; returns its exit code."""
    command, step = Path(sys.argv[0]), sys.argv[1]
    earlier = [call for call in calls(command.parent) if call["arguments"][1] == step]
    call = {"arguments": [command.name, *sys.argv[1:]], "variables": sorted(os.environ), "pid": os.getpid()}
    with (command.parent / "calls.jsonl").open("a") as log:
        log.write(json.dumps(call) + "\n")
    ending = command.parent / f"{step}.ending"
    return ENDINGS[ending.read_text() if ending.exists() else "done"](RESULTS[step], bool(earlier))


def done(result: Mapping[str, object], _again: bool) -> int:
    """Do what it's asked to."""
    print("working", flush=True)
    print("::result::" + json.dumps(result), flush=True)
    return 0


def nothing_new(result: Mapping[str, object], _again: bool) -> int:
    """Find nothing new."""
    print("this was done before", flush=True)
    print("::result::" + json.dumps(result), flush=True)
    return 99


def rejected(_result: Mapping[str, object], _again: bool) -> int:
    """Refuse the candidate, as `promote` does."""
    print("the candidate loses against production", flush=True)
    print('::result::{"model": "acne", "version": 3, "promoted": false, "reason": "macro-F1 too low"}', flush=True)
    return 99


def steady(result: Mapping[str, object], again: bool) -> int:
    """See no drift."""
    return done({**result, "drifted": False}, again)


def invalid(_result: Mapping[str, object], _again: bool) -> int:
    """Refuse its input."""
    print("error: expected a snapshot, got nothing", file=sys.stderr, flush=True)
    return 2


def broken_once(result: Mapping[str, object], again: bool) -> int:
    """Fail, and manage when tried again."""
    if again:
        return done(result, again)
    print("error: the store didn't answer", file=sys.stderr, flush=True)
    return 1


def silent(_result: Mapping[str, object], _again: bool) -> int:
    """Break the contract: be done without a result."""
    return 0


def slow(_result: Mapping[str, object], _again: bool) -> int:
    """Work until told to stop, and then stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print("working", flush=True)
    time.sleep(600)
    return 0


def leaky(_result: Mapping[str, object], _again: bool) -> int:
    """Print a secret, and fail for good."""
    print("error: refused the key", os.environ["ACNEFLOW_STORE_SECRET_KEY"], file=sys.stderr, flush=True)
    return 2


ENDINGS: Mapping[str, Callable[[Mapping[str, object], bool], int]] = {
    "done": done,
    "nothing-new": nothing_new,
    "rejected": rejected,
    "steady": steady,
    "invalid": invalid,
    "broken-once": broken_once,
    "silent": silent,
    "slow": slow,
    "leaky": leaky,
}

if __name__ == "__main__":
    sys.exit(main())
