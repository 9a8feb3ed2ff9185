"""The limit: LiteRT in a bare loop on every core, without a server. Writes one JSON line."""

import json
import sys
import threading
import time
from pathlib import Path

import numpy as np

from inference import SIGNATURE, Runner, usable_cores


def main(path: Path, seconds: float) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), np.uint8)
    runners = [Runner(path, SIGNATURE) for _ in range(usable_cores())]
    for runner in runners:
        runner.run(pixels=pixels)
    counts = [0] * len(runners)
    cpu, began = time.process_time(), time.perf_counter()
    end = began + seconds

    def loop(number: int) -> None:
        while time.perf_counter() < end:
            runners[number].run(pixels=pixels)
            counts[number] += 1

    threads = [threading.Thread(target=loop, args=(number,)) for number in range(len(runners))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    images = sum(counts)
    print(json.dumps({"images_per_s": round(images / took_s, 1), "cpu_ms_per_image": round(cpu_s / images * 1e3, 3)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
