"""A step that does nothing but keep the contract: which ending, says the environment, by subcommand."""

import json
import os
import pathlib
import signal
import sys
import time


def result() -> int:
    print("::result::" + json.dumps(RESULTS[sys.argv[1]]), flush=True)
    return 0


def done() -> int:
    print("working", sys.argv[1:], flush=True)
    return result()


def slow() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for second in range(int(os.environ.get("ACNEFLOW_SECONDS", "6"))):
        print(f"second {second}", flush=True)
        time.sleep(1)
    return result()


def stubborn() -> int:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("won't stop", flush=True)
    time.sleep(600)
    return 0


def hungry() -> int:
    print("taking all there is", flush=True)
    hoard = []
    while True:
        hoard.append(b"x" * 10_000_000)


def broken() -> int:
    for line in range(300):
        print(f"line {line}", flush=True)
    time.sleep(0.5)  # what goes to the other stream may be logged sooner
    print("error: the store didn't answer", file=sys.stderr, flush=True)
    return 1


def invalid() -> int:
    print("error: expected a snapshot, got nothing", file=sys.stderr, flush=True)
    return 2


def nothing_new() -> int:
    print("this was done before", flush=True)
    result()
    return 99


def environment() -> int:
    print("variables " + " ".join(sorted(os.environ)), flush=True)
    print("key " + os.environ["ACNEFLOW_STORE_SECRET_KEY"], flush=True)
    return result()


def keys() -> int:
    folder = pathlib.Path(os.environ["ACNEFLOW_SECRETS"])
    print("files " + " ".join(f"{file.name}={file.read_text()}" for file in sorted(folder.iterdir())), flush=True)
    print("variables " + " ".join(sorted(os.environ)), flush=True)
    return result()


RESULTS = {
    "run": {"snapshot": "s3://b/sources/sample/snapshots/t/manifest.json", "images": 9, "refused": 1},
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
}

BY_SEED = {"1": "slow", "2": "hungry", "3": "stubborn", "4": "broken"}


def ending_of_training() -> str:
    """What a run asks for by its seed."""
    _, _, after = " ".join(sys.argv).partition("--seed ")
    return BY_SEED.get(after.partition(" ")[0], "done") if sys.argv[1] == "train" else "done"


if __name__ == "__main__":
    ending = os.environ.get(f"ACNEFLOW_ENDING_{sys.argv[1].upper()}") or ending_of_training()
    sys.exit(
        {
            each.__name__: each
            for each in (done, slow, stubborn, hungry, broken, invalid, nothing_new, environment, keys)
        }[ending]()
    )
