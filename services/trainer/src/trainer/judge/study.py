"""What is found out on a sample of the test images: the exported files against each other, altered pictures, strangers.

The SavedModel works in a process of its own meanwhile; its figures come in last.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contracts.measures import ExportMeasure, RobustnessMeasure, SupportMeasure
from contracts.model import LITERT_FILE, LITERT_INT8_FILE, SAVED_MODEL_FOLDER
from imaging import INPUT_SIDE_PX, golden_pixels
from inference import LiteRtClassifier, Outputs
from trainer.export.saved_model_run import SavedModelFailedError, SavedModelOutputs, SavedModelRun
from trainer.judge.auroc import auroc
from trainer.judge.files import MIN_INT8_AGREEMENT, Subject, measure_files
from trainer.judge.metrics import confusion_of, macro_f1
from trainer.judge.robustness import ALTERATIONS
from trainer.judge.strangers import KIND, draw_strangers
from trainer.network.prototypes import METHOD

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """What was found out."""

    exports: tuple[ExportMeasure, ...]
    golden_litert: Floats
    """[G, K]"""
    saved_model: SavedModelOutputs | str
    """Of the golden pictures, then of the sample; or why it failed."""
    sample_litert: Floats
    """[S, K]"""
    robustness: tuple[RobustnessMeasure, ...]
    support: SupportMeasure
    int8_note: str
    """What became of the int8 file."""
    production_latency_ms: float | None


def study(subject: Subject, scratch: Path) -> Study:
    """Find it all out.

    Args:
        subject: what is studied.
        scratch: an empty folder.
    """
    golden = golden_pixels()
    pixels = np.concatenate([golden, subject.sample])
    with SavedModelRun(subject.folder / SAVED_MODEL_FOLDER, pixels, scratch) as other_process:
        with LiteRtClassifier(subject.folder / LITERT_FILE, classes=subject.classes, side_px=INPUT_SIDE_PX) as litert:
            golden_litert = litert.predict(golden).probabilities
            robustness = tuple(_robustness(subject, litert))
            support = _support(subject, litert.predict(draw_strangers()).support)
        int8, int8_note = _int8(subject)
        saved: SavedModelOutputs | str
        try:
            saved = other_process.result()
        except SavedModelFailedError as error:
            saved = str(error)
    exports, production_ms = measure_files(subject, len(golden), saved, int8)
    if int8 is not None and not exports[-1].published:
        int8_note = f"left out: it agrees on {exports[-1].agreement:.3f}, {MIN_INT8_AGREEMENT} is asked for"
        (subject.folder / LITERT_INT8_FILE).unlink()
    return Study(
        exports=exports,
        golden_litert=golden_litert,
        saved_model=saved,
        sample_litert=subject.outputs.probabilities,
        robustness=robustness,
        support=support,
        int8_note=int8_note,
        production_latency_ms=production_ms,
    )


def _robustness(subject: Subject, litert: LiteRtClassifier) -> list[RobustnessMeasure]:
    before = subject.outputs.probabilities.argmax(axis=1)
    measures = []
    for alteration in ALTERATIONS:
        outputs = litert.predict(np.stack([alteration.apply(picture) for picture in subject.sample]))
        top = outputs.probabilities.argmax(axis=1)
        measures.append(
            RobustnessMeasure(
                name=alteration.name,
                description=alteration.description,
                images=len(top),
                macro_f1=float(macro_f1(confusion_of(subject.labels, top, subject.classes))),
                accuracy=float((top == subject.labels).mean()),
                unchanged=float((top == before).mean()),
                unsupported=float((outputs.support < subject.unsupported).mean()),
            )
        )
    return measures


def _support(subject: Subject, strangers: Floats) -> SupportMeasure:
    return SupportMeasure(
        method=METHOD,
        threshold=subject.unsupported,
        unsupported=float((subject.supports < subject.unsupported).mean()),
        strangers=len(strangers),
        strangers_kind=KIND,
        auroc=auroc(subject.supports, strangers),
        strangers_unsupported=float((strangers < subject.unsupported).mean()),
    )


def _int8(subject: Subject) -> tuple[Outputs | None, str]:
    path = subject.folder / LITERT_INT8_FILE
    if not path.exists():
        return None, "none was made"
    try:
        with LiteRtClassifier(path, classes=subject.classes, side_px=INPUT_SIDE_PX) as model:
            return model.predict(subject.sample), "published"
    except RuntimeError as error:
        path.unlink()
        return None, f"left out: it can't be run ({error})"
