"""What is written down of every epoch: a line with the time left, `history.jsonl`, and what listeners make of it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from tensorboardX import SummaryWriter  # type: ignore[import-untyped]

from contracts.steps import say
from trainer.fit.run_folder import HISTORY_FILE

BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch that has ended; of a phase's start, before anything was learnt, the number is 0."""

    phase: str
    epoch: int
    loss: float
    """Mean over the training images; of the start, the validation loss."""
    validation_loss: float
    validation_macro_f1: float
    seconds: float


class Listener(Protocol):
    """Somebody who is told of each epoch once, in their order."""

    def epoch_ended(self, step: int, epoch: Epoch) -> None:
        """Write it down; `step` counts through all phases."""

    def close(self) -> None:
        """Training has ended."""


class TensorBoard:
    """Writes a folder of TensorBoard's logs, without loading TensorFlow; watch with `tensorboard --logdir`."""

    def __init__(self, folder: Path) -> None:
        """Begin, or go on with the folder of a training that was killed."""
        self._writer = SummaryWriter(str(folder), flush_secs=5)

    def epoch_ended(self, step: int, epoch: Epoch) -> None:
        self._writer.add_scalar(f"{epoch.phase}/loss", epoch.loss, step)
        self._writer.add_scalar(f"{epoch.phase}/validation loss", epoch.validation_loss, step)
        self._writer.add_scalar("validation macro-F1", epoch.validation_macro_f1, step)

    def close(self) -> None:
        self._writer.close()


class Journal:
    """All epochs of a run so far."""

    def __init__(self, folder: Path, listeners: Sequence[Listener], earlier: Iterable[Epoch] = ()) -> None:
        """Begin, or go on; the listeners are told of the `earlier` epochs, of before the run was interrupted, too."""
        self.epochs: list[Epoch] = []
        self._file = folder / HISTORY_FILE
        self._listeners = listeners
        for epoch in earlier:
            self._record(epoch)

    def add(self, epoch: Epoch, of: int) -> None:
        """Write an epoch down, of at most so many of its phase, and say how it went."""
        self._record(epoch)
        scores = [each.validation_macro_f1 for each in self.epochs if each.phase == epoch.phase]
        took = [each.seconds for each in self.epochs if each.phase == epoch.phase and each.epoch]
        left = f", at most {(of - epoch.epoch) * sum(took) / len(took):.0f} s left" if took else ""
        say(
            f"{epoch.phase}, epoch {epoch.epoch}/{of}: loss {epoch.loss:.3f}, "
            f"validation macro-F1 {epoch.validation_macro_f1:.3f} {curve(scores)}{left}"
        )

    def close(self) -> None:
        for listener in self._listeners:
            listener.close()

    def _record(self, epoch: Epoch) -> None:
        self.epochs.append(epoch)
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(epoch)) + "\n")
        for listener in self._listeners:
            listener.epoch_ended(len(self.epochs), epoch)


def curve(values: Sequence[float], *, width: int = 30) -> str:
    """The last `width` values as bars, from their lowest to their highest."""
    shown = values[-width:]
    low, high = min(shown), max(shown)
    step = (high - low) / (len(BARS) - 1) or 1.0
    return "".join(BARS[round((value - low) / step)] for value in shown)
