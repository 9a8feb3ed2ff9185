"""TensorBoard's logs: curves of every phase, written into the run's folder (and into another for watching it live).

No TensorFlow is loaded for it. Watch with `tensorboard --logdir`.
"""

from pathlib import Path

from tensorboardX import SummaryWriter  # type: ignore[import-untyped]

from trainer.fit.journal import Epoch


class TensorBoard:
    """Writes one folder of logs."""

    def __init__(self, folder: Path) -> None:
        """Begin, or go on with the folder of a training that was killed."""
        self._writer = SummaryWriter(str(folder), flush_secs=5)

    def epoch_ended(self, step: int, epoch: Epoch) -> None:
        """See `Listener`."""
        self._writer.add_scalar(f"{epoch.phase}/loss", epoch.loss, step)
        self._writer.add_scalar(f"{epoch.phase}/validation loss", epoch.validation_loss, step)
        self._writer.add_scalar("validation macro-F1", epoch.validation_macro_f1, step)

    def close(self) -> None:
        """See `Listener`."""
        self._writer.close()
