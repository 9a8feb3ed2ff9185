"""The serving volume: version folders that appear whole or not at all, and the model config file.

<volume>/models.config
<volume>/<model>/<n>/         SavedModel's content, model.tflite, model.json, model_card.md
<volume>/<model>/.tmp-<n>/    a download under way; no model server looks at it
"""

import fcntl
import os
import shutil
from pathlib import Path
from typing import IO

from serving.errors import ModelConfigError, StartError
from serving.model_config import ModelConfig, Specific, parse, render
from serving.sync.plan import Told

PARTIAL_PREFIX = ".tmp-"


class Volume:
    """One model's part of the volume; only one sidecar may have it at a time."""

    def __init__(self, root: Path, model: str) -> None:
        self._root = root.absolute()
        self._model = model
        self.folder = self._root / model
        """Where the model's versions lie."""
        self.config_file = self._root / "models.config"

    def take(self) -> IO[str]:
        """Make the folder this process's own for as long as the returned file is open; sweep what a killed one left.

        Raises:
            StartError: if another sidecar has it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = (self._root / ".sync.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            msg = f"another sidecar works on {self._root}; stop it, or give this one a volume of its own"
            raise StartError(msg) from error
        for leftover in self.folder.glob(f"{PARTIAL_PREFIX}*"):
            shutil.rmtree(leftover)
        if not self.config_file.exists():
            # TensorFlow Serving doesn't start without it
            self.tell(Told())
        return lock

    def on_disk(self) -> frozenset[int]:
        """Versions that are there whole."""
        return frozenset(int(child.name) for child in self.folder.iterdir() if child.name.isdecimal())

    def version(self, number: int) -> Path:
        """A version's folder."""
        return self.folder / str(number)

    def partial(self, number: int) -> Path:
        """Where a version is put together."""
        return self.folder / f"{PARTIAL_PREFIX}{number}"

    def publish(self, number: int) -> None:
        """Turn what was put together into the version: from here on a model server may read it."""
        partial = self.partial(number)
        for folder in (partial, *(child for child in partial.rglob("*") if child.is_dir())):
            _flush(folder)
        partial.rename(self.version(number))
        _flush(self.folder)

    def delete(self, number: int) -> None:
        """Remove a version; it vanishes at once, whatever happens while its files go."""
        doomed = self.folder / f"{PARTIAL_PREFIX}delete-{number}"
        self.version(number).rename(doomed)
        shutil.rmtree(doomed)

    def told(self) -> Told:
        """What the model config file says of this model.

        Raises:
            ModelConfigError: if it can't be read.
        """
        configs = parse(self.config_file.read_text(), origin=str(self.config_file))
        for config in configs:
            if config.name == self._model:
                if not isinstance(config.policy, Specific):
                    msg = f"{self.config_file} doesn't name the versions of {self._model!r}; it isn't the sidecar's"
                    raise ModelConfigError(msg)
                return Told(config.policy.versions, config.labels)
        return Told()

    def config(self, told: Told) -> tuple[ModelConfig, ...]:
        """The model config that says `told`; a model without versions isn't named."""
        if not told.versions:
            return ()
        return (ModelConfig(self._model, self.folder, Specific(told.versions), told.labels),)

    def tell(self, told: Told) -> None:
        """Write the model config file, atomically."""
        partial = self.config_file.with_suffix(".tmp")
        with partial.open("w") as file:
            file.write("# Written by `serving sync`; changes are overwritten.\n")
            file.write(render(self.config(told)))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.config_file)
        _flush(self._root)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
