"""The exported files held against each other: size, speed, and how far they agree with the SavedModel."""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt

from contracts.measures import ExportMeasure
from contracts.model import LITERT_FILE, LITERT_INT8_FILE, SAVED_MODEL_FOLDER
from inference import SIGNATURE, Outputs, Runner
from trainer.export.saved_model_run import SavedModelOutputs
from trainer.judge.metrics import confusion_of, macro_f1

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
Pixels = npt.NDArray[np.uint8]

MIN_INT8_AGREEMENT = 0.97
"""Share of the images that the int8 file must give the SavedModel's top class, to be published."""
TIMED_RUNS = 15


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What is studied."""

    folder: Path
    """Holds the exported files."""
    classes: int
    sample: Pixels
    """uint8 [S, 224, 224, 3]"""
    labels: Labels
    """[S]"""
    outputs: Outputs
    """What the LiteRT file said of the sample."""
    supports: Floats
    """[N], of all test images."""
    unsupported: float
    """The threshold."""
    production: Path | None
    """Production's LiteRT file, whose speed is measured beside ours."""


def measure_files(
    subject: Subject, golden: int, saved: SavedModelOutputs | str, int8: Outputs | None
) -> tuple[tuple[ExportMeasure, ...], float | None]:
    """The files' measures (the SavedModel's first, int8 last) and production's latency."""
    paths = {LITERT_FILE: subject.folder / LITERT_FILE}
    if int8 is not None:
        paths[LITERT_INT8_FILE] = subject.folder / LITERT_INT8_FILE
    if subject.production is not None:
        paths["production"] = subject.production
    latency = _latencies(paths, subject.sample[:1])
    measures = []
    if not isinstance(saved, str):
        yardstick = (saved.probabilities[golden:], saved.support[golden:])
        measures.append(
            _export(subject, SAVED_MODEL_FOLDER, *yardstick, yardstick=yardstick, latency_ms=saved.latency_ms)
        )
    else:
        yardstick = (subject.outputs.probabilities, subject.outputs.support)
    litert = subject.outputs
    measures.append(
        _export(
            subject,
            LITERT_FILE,
            litert.probabilities,
            litert.support,
            yardstick=yardstick,
            latency_ms=latency[LITERT_FILE],
        )
    )
    if int8 is not None:
        measures.append(
            _export(
                subject,
                LITERT_INT8_FILE,
                int8.probabilities,
                int8.support,
                yardstick=yardstick,
                latency_ms=latency[LITERT_INT8_FILE],
            )
        )
    return tuple(measures), latency.get("production")


def _export(
    subject: Subject,
    file: str,
    probabilities: Floats,
    support: Floats,
    *,
    yardstick: tuple[Floats, Floats],
    latency_ms: float,
) -> ExportMeasure:
    path = subject.folder / file
    files = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    top = probabilities.argmax(axis=1)
    agreement = float((top == yardstick[0].argmax(axis=1)).mean())
    return ExportMeasure(
        file=file,
        bytes=sum(each.stat().st_size for each in files),
        latency_ms=round(latency_ms, 2),
        images=len(top),
        agreement=agreement,
        max_difference=float(np.abs(probabilities - yardstick[0]).max()),
        support_difference=float(np.abs(support - yardstick[1]).max()),
        macro_f1=float(macro_f1(confusion_of(subject.labels, top, subject.classes))),
        unsupported=float((support < subject.unsupported).mean()),
        published=file != LITERT_INT8_FILE or agreement >= MIN_INT8_AGREEMENT,
    )


def _latencies(paths: dict[str, Path], picture: Pixels) -> dict[str, float]:
    """Median milliseconds of one picture on one thread; the files take turns, so that a busy moment meets all."""
    runners = {name: Runner(path, SIGNATURE) for name, path in paths.items()}
    took: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(TIMED_RUNS + 1):
        for name, runner in runners.items():
            start = perf_counter()
            runner.run(pixels=picture)
            took[name].append(1e3 * (perf_counter() - start))
    return {name: float(np.median(times[1:])) for name, times in took.items()}
