"""Runs a SavedModel in a process of its own, as a model server would: nothing of the process that made it is there.

`start_saved_model` starts it, and the result is read when it has ended; meanwhile others may work.
"""

import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

BATCH = 32
TIMED_RUNS = 7
LIMIT_S = 900.0
"""By when it must have ended: it starts TensorFlow and runs some hundred pictures on one thread."""


class SavedModelFailedError(Exception):
    """The SavedModel can't be loaded or run; the message is the last line it left."""


@dataclass(frozen=True, slots=True, eq=False)
class SavedModelOutputs:
    probabilities: Floats
    """[N, K]"""
    support: Floats
    """[N]"""
    latency_ms: float
    """Median of one picture on one thread."""

    def part(self, which: slice) -> "SavedModelOutputs":
        return replace(self, probabilities=self.probabilities[which], support=self.support[which])


class SavedModelRun:
    """A run that goes on in another process; use it as a context, so that it never outlives its caller."""

    def __init__(self, folder: Path, pixels: Pixels, scratch: Path) -> None:
        """Start on uint8 [N, 224, 224, 3]; `scratch` is an empty folder for what the two processes tell each other."""
        self._output = scratch / "outputs.npz"
        np.save(scratch / "pixels.npy", pixels)
        command = [sys.executable, "-m", __name__, str(folder), str(scratch / "pixels.npy"), str(self._output)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def result(self) -> SavedModelOutputs:
        """Wait for the end; a failure is a SavedModelFailedError."""
        try:
            said, _ = self._process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired as error:
            msg = f"not done after {LIMIT_S:.0f} s"
            raise SavedModelFailedError(msg) from error
        if self._process.returncode:
            raise SavedModelFailedError(said.strip().rpartition("\n")[2] or f"exit code {self._process.returncode}")
        with np.load(self._output) as file:
            return SavedModelOutputs(file["probabilities"], file["support"], float(file["latency_ms"]))

    def __enter__(self) -> "SavedModelRun":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


def _run(folder: Path, pixels: Pixels, output: Path) -> None:
    import tensorflow as tf  # noqa: PLC0415 – only the other process needs it, with one thread

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    signature: Any = tf.saved_model.load(str(folder)).signatures["pixels"]
    parts = [signature(pixels=tf.constant(pixels[n : n + BATCH])) for n in range(0, len(pixels), BATCH)]
    one, took_ms = tf.constant(pixels[:1]), []
    for _ in range(TIMED_RUNS):
        start = time.perf_counter()
        signature(pixels=one)["probabilities"].numpy()
        took_ms.append(1e3 * (time.perf_counter() - start))
    probabilities, support = (
        np.concatenate([part[name].numpy() for part in parts]) for name in ("probabilities", "support")
    )
    with output.open("wb") as file:
        np.savez(file, probabilities=probabilities, support=support, latency_ms=np.median(took_ms))


if __name__ == "__main__":
    _run(Path(sys.argv[1]), np.load(sys.argv[2]), Path(sys.argv[3]))
