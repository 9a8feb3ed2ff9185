"""The versions this server holds: which are loading, serving, draining or broken, and what the labels point to.

Lives on one event loop, so its tables need no lock. Loads before it unloads, and never frees a version that a request
still uses.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import IntEnum
from pathlib import Path

import structlog

from inference import UnusableModelError
from serving.errors import Code, RequestRefusedError
from serving.model_config import ModelConfig, Specific
from serving.server.loading import LoadedVersion, versions_on_disk
from serving.server.metrics import Metrics

log = structlog.get_logger()

Load = Callable[[Path, int], LoadedVersion]
"""(folder, number) → the version, or UnusableModelError."""


class State(IntEnum):
    """A version's state, by the numbers of `ModelVersionStatus.State`."""

    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclass(frozen=True, slots=True)
class Target:
    """Which version a request asks for: by number, by label, or the latest when it says neither."""

    model: str
    version: int | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class VersionStatus:
    version: int
    state: State
    error: str


@dataclass(slots=True)
class _Entry:
    state: State = State.LOADING
    error: str = ""
    loaded: LoadedVersion | None = None
    leases: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class _Model:
    config: ModelConfig
    entries: dict[int, _Entry] = field(default_factory=dict)


class Registry:
    """All models of one server. `labels_before_versions`: a new label may point to a version that isn't AVAILABLE."""

    def __init__(self, load: Load, metrics: Metrics, *, labels_before_versions: bool = True) -> None:
        self._load = load
        self._metrics = metrics
        self._labels_before_versions = labels_before_versions
        self._models: dict[str, _Model] = {}
        self._changing = asyncio.Lock()
        self._unloading: set[asyncio.Task[None]] = set()

    async def apply(self, configs: Iterable[ModelConfig]) -> None:
        """Make `configs` the truth; returns when what they name and the disk holds was loaded, or has failed to.

        As in TensorFlow Serving, a label can only be moved to a version that is already available, so a new version
        and its label take two calls; a label that is new may point to a version that isn't loaded yet.

        Raises:
            RequestRefusedError: FAILED_PRECONDITION, and nothing has changed.
        """
        # a caller that goes away must not leave a version half loaded
        await asyncio.shield(asyncio.create_task(self._apply({config.name: config for config in configs})))

    async def look_at_folders(self) -> None:
        """Load what has appeared on the disk since the last look, and drop what has gone."""
        await asyncio.shield(asyncio.create_task(self._apply(None)))

    @contextmanager
    def lease(self, target: Target) -> Iterator[LoadedVersion]:
        """Hold a version for the time of one request; it isn't freed before.

        NOT_FOUND for a model or version that isn't available, INVALID_ARGUMENT for a label that isn't known.
        """
        entry, loaded = self._resolve(target)
        entry.leases += 1
        entry.idle.clear()
        try:
            yield loaded
        finally:
            entry.leases -= 1
            if entry.leases == 0:
                entry.idle.set()

    def statuses(self, target: Target) -> list[VersionStatus]:
        """What is known of one version, or of all when the target says neither number nor label; else NOT_FOUND."""
        model = self._models.get(target.model)
        if model is None or not model.entries:
            raise RequestRefusedError(Code.NOT_FOUND, f"could not find any versions of model {target.model!r}")
        wanted = _number(model.config, target)
        if wanted is not None and wanted not in model.entries:
            raise RequestRefusedError(Code.NOT_FOUND, f"could not find version {wanted} of model {target.model!r}")
        return [
            VersionStatus(number, entry.state, entry.error)
            for number, entry in sorted(model.entries.items())
            if wanted in (None, number)
        ]

    def states(self) -> Iterator[tuple[str, VersionStatus]]:
        for name, model in self._models.items():
            for number, entry in sorted(model.entries.items()):
                yield name, VersionStatus(number, entry.state, entry.error)

    @property
    def ready(self) -> bool:
        return any(self._available(model) for model in self._models.values())

    async def close(self) -> None:
        await self.apply(())
        while self._unloading:
            await asyncio.wait(self._unloading)

    async def _apply(self, wanted: Mapping[str, ModelConfig] | None) -> None:
        async with self._changing:
            if wanted is not None:
                self._configure(wanted)
            await self._reconcile()

    def _configure(self, wanted: Mapping[str, ModelConfig]) -> None:
        for config in wanted.values():
            self._check_labels(config)
        for name, config in wanted.items():
            self._models.setdefault(name, _Model(config)).config = config
        for name in self._models.keys() - wanted.keys():
            self._models[name].config = replace(self._models[name].config, policy=Specific(frozenset()), labels={})

    def _resolve(self, target: Target) -> tuple[_Entry, LoadedVersion]:
        model = self._models.get(target.model)
        available = {} if model is None else self._available(model)
        if model is None or (not available and target.label is None):
            raise RequestRefusedError(Code.NOT_FOUND, f"model {target.model!r} has no version that is loaded")
        number = _number(model.config, target)
        if number is None:
            number = max(available)
        if number not in available:
            loaded = ", ".join(map(str, sorted(available))) or "none"
            message = f"version {number} of model {target.model!r} isn't loaded; loaded: {loaded}"
            raise RequestRefusedError(Code.NOT_FOUND, message)
        return available[number]

    def _available(self, model: _Model) -> dict[int, tuple[_Entry, LoadedVersion]]:
        return {
            number: (entry, entry.loaded)
            for number, entry in model.entries.items()
            if entry.state is State.AVAILABLE and entry.loaded is not None
        }

    def _check_labels(self, config: ModelConfig) -> None:
        model = self._models.get(config.name)
        available = set() if model is None else self._available(model).keys()
        told = {} if model is None else model.config.labels
        for label, version in config.labels.items():
            unless_told = version if self._labels_before_versions else None
            if version not in available and told.get(label, unless_told) != version:
                message = (
                    f"label {label!r} of model {config.name!r} can't move to version {version}, which isn't loaded; "
                    "add the version first and move the label once it is AVAILABLE"
                )
                raise RequestRefusedError(Code.FAILED_PRECONDITION, message)

    async def _reconcile(self) -> None:
        for model in self._models.values():
            wanted = model.config.policy.select(versions_on_disk(model.config.base_path))
            for number in sorted(wanted):
                entry = model.entries.get(number)
                if entry is None or entry.state is State.UNLOADING or (entry.state is State.END and not entry.error):
                    await self._bring_in(model, number)
            for number in sorted(model.entries.keys() - wanted):
                self._take_out(model, number)

    async def _bring_in(self, model: _Model, number: int) -> None:
        entry = model.entries[number] = _Entry()
        entry.idle.set()
        folder = model.config.base_path / str(number)
        began = time.monotonic()
        try:
            entry.loaded = await asyncio.to_thread(self._load, folder, number)
        except UnusableModelError as error:
            entry.state, entry.error = State.END, str(error)
            log.error("version can't be served", model=model.config.name, version=number, reason=str(error))
        else:
            entry.state = State.AVAILABLE
            log.info("version available", model=model.config.name, version=number)
        self._metrics.loaded(str(folder), ok=not entry.error, took_s=time.monotonic() - began)

    def _take_out(self, model: _Model, number: int) -> None:
        entry = model.entries[number]
        if entry.error:
            # forgotten, so that it is tried again if it is ever wanted again
            del model.entries[number]
        elif entry.state is State.AVAILABLE:
            entry.state = State.UNLOADING
            task = asyncio.create_task(self._unload(model.config.name, number, entry))
            self._unloading.add(task)
            task.add_done_callback(self._unloading.discard)

    async def _unload(self, name: str, number: int, entry: _Entry) -> None:
        await entry.idle.wait()
        if entry.loaded is not None:
            loaded, entry.loaded = entry.loaded, None
            await asyncio.to_thread(loaded.close)
            del loaded
        entry.state = State.END
        log.info("version unloaded", model=name, version=number)


def _number(config: ModelConfig, target: Target) -> int | None:
    if target.label is None:
        return target.version
    if target.label not in config.labels:
        known = ", ".join(sorted(config.labels)) or "none"
        message = f"unrecognized label {target.label!r} of model {target.model!r}; labels: {known}"
        raise RequestRefusedError(Code.INVALID_ARGUMENT, message)
    return config.labels[target.label]
