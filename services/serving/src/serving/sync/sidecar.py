"""The loop: look at the channels, the disk and the model server, decide, act; once a second, faster in a change.

Never lets a label point to a version that hasn't proven itself, and never touches what serves because something else
failed.
"""

import time
from contextlib import ExitStack
from typing import NoReturn

import structlog

from contracts import keys
from contracts.manifest import InvalidManifestError, utc_now
from contracts.models.channels import Channels
from contracts.models.replica import Quarantined
from inference import UnusableModelError, load_description
from objectstore import ObjectNotFoundError, ObjectStore, StoreError, StoreSettings
from runtime import read_settings
from serving.errors import ModelConfigError, ModelServerError, RequestRefusedError, VersionRefusedError
from serving.model_client import ModelClient, check_golden
from serving.model_config import to_message
from serving.settings import SyncSettings
from serving.sync.download import BackgroundDownload, download_version
from serving.sync.plan import Plan, ServedVersion, Situation, VersionConfig, make_plan
from serving.sync.report import Problems, Reporter, SyncMetrics
from serving.sync.volume import Volume, write_configs
from wire import serving_pb2 as pb

log = structlog.get_logger()

IN_TRANSIT_POLL_S = 0.1
"""How often the model server is asked while a version is on its way in."""


def run_sidecar() -> NoReturn:
    """Work with the store, the volume and the model server that the environment names, until the process ends."""
    settings = read_settings(SyncSettings)
    store = ObjectStore(read_settings(StoreSettings))
    metrics = SyncMetrics(settings.replica)
    if settings.serving_metrics_port:
        metrics.serve(settings.serving_metrics_host, settings.serving_metrics_port)
    volumes = {model: Volume(settings.serving_volume, model) for model in settings.models}
    with volumes[settings.model].take(), ExitStack() as servers:
        write_configs(settings.serving_volume)
        sidecars = []
        for model, volume in volumes.items():
            volume.prepare()
            server = servers.enter_context(ModelClient(settings.serving_address, model))
            sidecars.append(Sidecar(settings, store, server, volume, model=model, metrics=metrics))
        log.info("sidecar started", volume=str(settings.serving_volume), models=list(volumes))
        while True:
            time.sleep(min([sidecar.step() for sidecar in sidecars]))


class Sidecar:
    def __init__(
        self,
        settings: SyncSettings,
        store: ObjectStore,
        server: ModelClient,
        volume: Volume,
        *,
        model: str = "",
        metrics: SyncMetrics | None = None,
    ) -> None:
        self._settings = settings
        self._model = model or settings.model
        self._store = store
        self._server = server
        self._volume = volume
        self._metrics = metrics or SyncMetrics(settings.replica)
        self._problems = Problems()
        self._download = BackgroundDownload(self._download_version)
        self._manifests = ManifestWatch(store, self._model, volume, every_s=settings.serving_recheck_s)
        replica = settings.replica if self._model == settings.model else f"{settings.replica}-{self._model}"
        self._reporter = Reporter(store, replica, self._model)
        self._channels: Channels | None = None
        self._etag: str | None = None
        self._asked_store_at = float("-inf")
        self._config = self._config_before()
        self._proven: set[int] = set()
        self._quarantined: dict[int, Quarantined] = {}
        self._unneeded_since: dict[int, float] = {}

    def step(self) -> float:
        """Look and act once; returns in how many seconds to look again. The process may end at any instruction."""
        self._watch_channels()
        server = self._look_at_server()
        self._collect_download()
        in_transit = False
        if self._channels is not None:
            self._watch_manifests(self._channels)
            plan = make_plan(self._situation(self._channels, server))
            self._act(plan)
            in_transit = plan.in_transit or self._download.running
        self._report()
        return IN_TRANSIT_POLL_S if in_transit else self._settings.serving_poll_s

    def _watch_channels(self) -> None:
        now = time.monotonic()
        if now - self._asked_store_at < self._settings.serving_poll_s:
            return
        try:
            self._read_channels()
        except StoreError as error:
            self._problems.begin("store", f"{error} (what is served stays as it is until that is over)")
        except InvalidManifestError as error:
            self._problems.begin("channels", f"{error} (what is served stays as it is until they are mended)")
        else:
            self._problems.end("store", "the store can be reached again")
            self._problems.end("channels", "the channels can be read again")
        self._asked_store_at = time.monotonic()

    def _read_channels(self) -> None:
        key = keys.channels(self._model)
        try:
            changed = self._store.get_if_changed(key, self._etag)
        except ObjectNotFoundError:
            self._channels = self._channels or Channels()
            return
        if changed is not None:
            channels = Channels.from_json(changed.body, origin=self._store.uri(key))
            named = {*channels.labels().values(), channels.previous}
            self._quarantined = {version: why for version, why in self._quarantined.items() if version in named}
            self._channels, self._etag = channels, changed.etag

    def _watch_manifests(self, channels: Channels) -> None:
        if self._problems.has("store"):
            return
        named = {*channels.labels().values(), channels.previous}
        for version in self._volume.on_disk() & named - self._quarantined.keys():
            try:
                change = self._manifests.check(version)
            except StoreError:
                return
            subject = f"republished version {version}"
            if change is None:
                self._problems.end(subject, f"version {version} is again what it was published as")
            elif version in self._config.labels.values():
                self._problems.begin(subject, f"ALERT {change} (that one goes on serving)")
            else:
                self._quarantine(version, change)

    def _look_at_server(self) -> dict[int, ServedVersion] | None:
        try:
            statuses = self._server.statuses()
        except (ModelServerError, RequestRefusedError) as error:
            self._problems.begin("model server", f"{error}; waiting for it")
            return None
        self._problems.end("model server", f"the model server at {self._server.address} answers")
        return {number: _served_version(status) for number, status in statuses.items()}

    def _situation(self, channels: Channels, server: dict[int, ServedVersion] | None) -> Situation:
        now = time.monotonic()
        over = {v for v, since in self._unneeded_since.items() if now - since >= self._settings.serving_grace_s}
        return Situation(
            channels=channels,
            config=self._config,
            on_disk=self._volume.on_disk(),
            server=server,
            proven=frozenset(self._proven),
            quarantined=self._quarantined.keys(),
            grace_over=over,
        )

    def _act(self, plan: Plan) -> None:
        for version, reason in plan.quarantine.items():
            self._quarantine(version, reason)
        if plan.config != self._config:
            self._write_config(plan.config)
        for version in plan.prove:
            self._prove(version)
        now = time.monotonic()
        self._unneeded_since = {version: self._unneeded_since.get(version, now) for version in plan.unneeded}
        if not self._download.running:
            self._volume.sweep(plan.download)
        self._download.start(plan.download)
        for version in plan.delete:
            log.info("version deleted", model=self._model, version=version, reason="no channel names it")
            self._proven.discard(version)
            self._manifests.forget(version)
            self._volume.delete(version)

    def _write_config(self, config: VersionConfig) -> None:
        self._volume.write_config(config)
        self._config = config
        log.info(
            "model config written", model=self._model, versions=sorted(config.versions), labels=dict(config.labels)
        )
        try:
            # the file is the truth; this only spares the server's wait until it reads it again
            self._server.reload(to_message(self._volume.merged_configs(config)))
        except (ModelServerError, RequestRefusedError) as error:
            log.info("model server reads the config later", model=self._model, error=str(error))

    def _prove(self, version: int) -> None:
        subject = f"version {version}"
        try:
            answer = self._server.golden(version=version)
            check_golden(load_description(self._volume.version(version)), answer.probabilities, answer.classes)
        except ModelServerError as error:
            self._problems.begin(subject, f"version {version} can't be asked for its golden predictions yet: {error}")
        except (RequestRefusedError, VersionRefusedError, UnusableModelError) as error:
            self._quarantine(version, f"it doesn't predict as it should: {error}")
        else:
            self._problems.end(subject, f"version {version} answers at last")
            log.info("version proven", model=self._model, version=version)
            self._proven.add(version)

    def _collect_download(self) -> None:
        finished = self._download.finished()
        if finished is None:
            return
        version, error = finished
        subject = f"version {version}"
        if error is None:
            self._problems.end(subject, f"version {version} could be fetched at last")
            log.info("version downloaded", model=self._model, version=version)
        elif isinstance(error, VersionRefusedError):
            self._quarantine(version, str(error))
        else:
            self._download.postpone(version)
            self._problems.begin(subject, f"version {version} couldn't be fetched and will be tried again: {error}")

    def _quarantine(self, version: int, reason: str) -> None:
        log.error(
            "ALERT version quarantined",
            replica=self._settings.replica,
            model=self._model,
            version=version,
            reason=reason,
        )
        self._metrics.quarantines.labels(self._model).inc()
        self._quarantined[version] = Quarantined(version=version, reason=reason, at=utc_now())
        self._problems.end(f"version {version}", f"version {version} isn't tried any more")

    def _config_before(self) -> VersionConfig:
        try:
            return self._volume.read_config()
        except ModelConfigError as error:
            log.warning("model config unreadable, starting from nothing", model=self._model, error=str(error))
            return VersionConfig()

    def _download_version(self, version: int) -> None:
        download_version(self._store, self._model, version, self._volume, budget_bytes=self._settings.disk_budget_bytes)

    def _report(self) -> None:
        self._metrics.show(
            self._model,
            quarantined=len(self._quarantined),
            problems=len(self._problems.messages),
            store_reachable=not self._problems.has("store"),
            labels=self._config.labels,
        )
        if self._problems.has("store"):
            return
        try:
            self._reporter.report(
                on_disk=self._volume.on_disk(),
                config=self._config,
                quarantined=(self._quarantined[version] for version in sorted(self._quarantined)),
                problems=self._problems.messages,
            )
        except StoreError as error:
            log.debug("status not written", error=str(error))


class ManifestWatch:
    """Notices a version number that was published again with other content while the first is on the disk."""

    def __init__(self, store: ObjectStore, model: str, volume: Volume, *, every_s: float) -> None:
        self._store = store
        self._model = model
        self._volume = volume
        self._every_s = every_s
        self._etags: dict[int, str] = {}
        self._checked_at: dict[int, float] = {}
        self._changed: dict[int, str] = {}

    def check(self, version: int) -> str | None:
        """What is wrong with a version on the disk, None if nothing is known to be."""
        now = time.monotonic()
        if now - self._checked_at.get(version, float("-inf")) >= self._every_s:
            self._compare(version)
            self._checked_at[version] = now
        return self._changed.get(version)

    def forget(self, version: int) -> None:
        for known in (self._etags, self._checked_at, self._changed):
            known.pop(version, None)

    def _compare(self, version: int) -> None:
        key = keys.manifest(keys.version(self._model, version))
        ours = self._volume.manifest(version)
        try:
            found = self._store.get_if_changed(key, self._etags.get(version))
        except ObjectNotFoundError:
            return
        if found is None or ours is None:
            return
        self._etags[version] = found.etag
        if found.body == ours:
            self._changed.pop(version, None)
        else:
            self._changed[version] = (
                f"version number {version} was published again with other content; what is on the disk is the first "
                "content, and the other is never served: publish it under a new number"
            )


def _served_version(status: pb.ModelVersionStatus) -> ServedVersion:
    states = pb.ModelVersionStatus
    failed = status.state == states.END and status.status.error_code != 0
    return ServedVersion(
        available=status.state == states.AVAILABLE,
        gone=status.state == states.END,
        error=(status.status.error_message or f"error {status.status.error_code}") if failed else "",
    )
