"""The serving volume: version folders that appear whole or not at all, and the model server's config files.

<volume>/models.config        which versions to load; monitoring.config and batching.config never change
<volume>/<model>/<n>/         SavedModel's content, model.tflite, model.json, model_card.md, manifest.json
<volume>/<model>/.tmp-<n>/    a download under way; no model server looks at it
"""

import fcntl
import os
import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import IO

from serving.errors import ModelConfigError, StartError
from serving.model_config import ModelConfig, Specific, parse, render
from serving.sync.plan import VersionConfig

PARTIAL_PREFIX = ".tmp-"
DOOMED_PREFIX = f"{PARTIAL_PREFIX}delete-"

MANIFEST_FILE = "manifest.json"
"""The version's manifest as it was when the version was fetched."""


MONITORING = """\
# Written by `serving sync`; for --monitoring_config_file.
prometheus_config { enable: true path: "/monitoring/prometheus/metrics" }
"""

BATCHING = """\
# Written by `serving sync`; for --batching_parameters_file with --enable_batching=true, on a GPU only: on a CPU a
# batch makes no image cheaper and every image wait.
max_batch_size { value: 32 }
batch_timeout_micros { value: 2000 }
num_batch_threads { value: 2 }
max_enqueued_batches { value: 64 }
allowed_batch_sizes: 1
allowed_batch_sizes: 4
allowed_batch_sizes: 16
allowed_batch_sizes: 32
"""


class Volume:
    """One model's part of the volume; only one sidecar may have it at a time."""

    def __init__(self, root: Path, model: str) -> None:
        self._root = root.absolute()
        self._model = model
        self.folder = self._root / model
        """Where the model's versions lie."""
        self.config_file = self._root / "models.config"

    def take(self) -> IO[str]:
        """Make the folder this process's own for as long as the returned file is open; sweep what a killed one left."""
        self._root.mkdir(parents=True, exist_ok=True)
        lock = (self._root / ".sync.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            msg = f"another sidecar works on {self._root}; stop it, or give this one a volume of its own"
            raise StartError(msg) from error
        self.prepare()
        return lock

    def prepare(self) -> None:
        """Make the model's folder; end what a killed sidecar was deleting. A download it left is gone on with."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for leftover in self.folder.glob(f"{DOOMED_PREFIX}*"):
            shutil.rmtree(leftover)
        if not self.config_file.exists():
            # TensorFlow Serving doesn't start without it
            self.write_config(VersionConfig())

    def on_disk(self) -> frozenset[int]:
        return frozenset(int(child.name) for child in self.folder.iterdir() if child.name.isdecimal())

    def version(self, number: int) -> Path:
        return self.folder / str(number)

    def partial(self, number: int) -> Path:
        return self.folder / f"{PARTIAL_PREFIX}{number}"

    def sweep(self, wanted: Collection[int]) -> None:
        """Remove downloads that broke off and that nobody wants any more."""
        for leftover in self.folder.glob(f"{PARTIAL_PREFIX}*"):
            number = leftover.name.removeprefix(PARTIAL_PREFIX)
            if not number.isdecimal() or int(number) not in wanted:
                shutil.rmtree(leftover, ignore_errors=True)

    def manifest(self, number: int) -> bytes | None:
        try:
            return (self.version(number) / MANIFEST_FILE).read_bytes()
        except FileNotFoundError:
            return None

    def held_bytes(self) -> int:
        """What all models' versions and downloads on the volume take."""
        return bytes_in(self._root)

    def publish(self, number: int) -> None:
        """Turn what was put together into the version: from here on a model server may read it."""
        partial = self.partial(number)
        for folder in (partial, *(child for child in partial.rglob("*") if child.is_dir())):
            _flush(folder)
        partial.rename(self.version(number))
        _flush(self.folder)

    def delete(self, number: int) -> None:
        doomed = self.folder / f"{DOOMED_PREFIX}{number}"
        self.version(number).rename(doomed)
        shutil.rmtree(doomed)

    def read_config(self) -> VersionConfig:
        """What the model config file says of this model."""
        configs = parse(self.config_file.read_text(), origin=str(self.config_file))
        for config in configs:
            if config.name == self._model:
                if not isinstance(config.policy, Specific):
                    msg = f"{self.config_file} doesn't name the versions of {self._model!r}; it isn't the sidecar's"
                    raise ModelConfigError(msg)
                return VersionConfig(config.policy.versions, config.labels)
        return VersionConfig()

    def merged_configs(self, wanted: VersionConfig) -> tuple[ModelConfig, ...]:
        """The model config that says `wanted` of this model, and of the others what the file says.

        A model without versions isn't named.
        """
        try:
            known = parse(self.config_file.read_text(), origin=str(self.config_file))
        except (FileNotFoundError, ModelConfigError):
            known = ()
        others = tuple(config for config in known if config.name != self._model)
        if not wanted.versions:
            return others
        return (*others, ModelConfig(self._model, self.folder, Specific(wanted.versions), wanted.labels))

    def write_config(self, wanted: VersionConfig) -> None:
        """Write the model config file, atomically; what it says of other models stays."""
        configs = self.merged_configs(wanted)
        partial = self.config_file.with_suffix(".tmp")
        with partial.open("w") as file:
            file.write("# Written by `serving sync`; changes are overwritten.\n")
            file.write(render(configs))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.config_file)
        _flush(self._root)


def write_configs(volume: Path) -> None:
    for name, text in {"monitoring.config": MONITORING, "batching.config": BATCHING}.items():
        partial = volume / f".{name}.tmp"
        partial.write_text(text)
        partial.replace(volume / name)


def bytes_in(folder: Path) -> int:
    sizes = 0
    for path in folder.rglob("*"):
        # a file may go away under our eyes
        with suppress(FileNotFoundError):
            sizes += path.stat().st_size if path.is_file() else 0
    return sizes


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
