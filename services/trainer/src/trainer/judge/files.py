"""The exported files held against each other: size, speed, and how far they agree with the SavedModel."""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt

from contracts.measures import ExportMeasure
from contracts.models.version import LITERT_FILE, LITERT_INT8_FILE, SAVED_MODEL_FOLDER
from imaging import INPUT_SIDE_PX
from inference import SIGNATURE, LiteRtClassifier, Outputs, Runner
from trainer.export.saved_model_run import SavedModelOutputs
from trainer.judge.metrics import confusion_of, macro_f1

Floats = npt.NDArray[np.float32]

MIN_INT8_AGREEMENT = 0.97
"""Share of the images that the int8 file must give the SavedModel's top class, to be published."""
TIMED_RUNS = 15


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """S of the test images, and what the LiteRT file says of them; K classes."""

    pixels: npt.NDArray[np.uint8]
    """uint8 [S, 224, 224, 3]"""
    labels: npt.NDArray[np.int64]
    """[S]"""
    outputs: Outputs
    classes: int
    unsupported: float
    """The support below which a picture is called unsupported."""


@dataclass(frozen=True, slots=True, eq=False)
class FileMeasures:
    exports: tuple[ExportMeasure, ...]
    """The SavedModel's first, int8 last."""
    int8_outcome: str
    """What became of the int8 file."""
    production_latency_ms: float | None


def run_int8(path: Path, sample: Sample) -> Outputs | str:
    """What the int8 file says of the sample, or why there is none; one that can't be run is deleted."""
    if not path.exists():
        return "none was made"
    try:
        with LiteRtClassifier(path, classes=sample.classes, side_px=INPUT_SIDE_PX) as model:
            return model.predict(sample.pixels)
    except RuntimeError as error:
        path.unlink()
        return f"left out: it can't be run ({error})"


def measure_files(
    folder: Path,
    sample: Sample,
    saved: SavedModelOutputs | None,
    int8: Outputs | str,
    production: Path | None,
) -> FileMeasures:
    """Measure the exported files in `folder`; an int8 file that doesn't agree is deleted.

    `saved` is None where the SavedModel failed. `production` is its LiteRT file, whose speed is measured beside ours.
    """
    files = {LITERT_FILE: folder / LITERT_FILE}
    if isinstance(int8, Outputs):
        files[LITERT_INT8_FILE] = folder / LITERT_INT8_FILE
    latency = _latencies(files if production is None else files | {"production": production}, sample.pixels[:1])
    ours = (sample.outputs.probabilities, sample.outputs.support)
    said = {LITERT_FILE: ours}
    if saved is not None:
        said = {SAVED_MODEL_FOLDER: (saved.probabilities, saved.support)} | said
        latency[SAVED_MODEL_FOLDER] = saved.latency_ms
    outcome = int8 if isinstance(int8, str) else "published"
    if isinstance(int8, Outputs):
        said[LITERT_INT8_FILE] = (int8.probabilities, int8.support)
    yardstick = said.get(SAVED_MODEL_FOLDER, ours)
    exports = tuple(_measure(folder / name, sample, each, yardstick, latency[name]) for name, each in said.items())
    if isinstance(int8, Outputs) and not exports[-1].published:
        outcome = f"left out: it agrees on {exports[-1].agreement:.3f}, {MIN_INT8_AGREEMENT} is asked for"
        (folder / LITERT_INT8_FILE).unlink()
    return FileMeasures(exports, outcome, latency.get("production"))


def _measure(
    path: Path, sample: Sample, said: tuple[Floats, Floats], yardstick: tuple[Floats, Floats], latency_ms: float
) -> ExportMeasure:
    """Of one file, by its probabilities and supports of the sample, [S, K] and [S], and those it should give."""
    probabilities, support = said
    top = probabilities.argmax(axis=1)
    agreement = float((top == yardstick[0].argmax(axis=1)).mean())
    parts = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    return ExportMeasure(
        file=path.name,
        bytes=sum(each.stat().st_size for each in parts),
        latency_ms=round(latency_ms, 2),
        images=len(top),
        agreement=agreement,
        max_difference=float(np.abs(probabilities - yardstick[0]).max()),
        support_difference=float(np.abs(support - yardstick[1]).max()),
        macro_f1=float(macro_f1(confusion_of(sample.labels, top, sample.classes))),
        unsupported=float((support < sample.unsupported).mean()),
        published=path.name != LITERT_INT8_FILE or agreement >= MIN_INT8_AGREEMENT,
    )


def _latencies(paths: dict[str, Path], picture: npt.NDArray[np.uint8]) -> dict[str, float]:
    """Median milliseconds of one picture on one thread; the files take turns, so that a busy moment meets all."""
    runners = {name: Runner(path, SIGNATURE) for name, path in paths.items()}
    took: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(TIMED_RUNS + 1):
        for name, runner in runners.items():
            start = perf_counter()
            runner.run(pixels=picture)
            took[name].append(1e3 * (perf_counter() - start))
    return {name: float(np.median(times[1:])) for name, times in took.items()}
