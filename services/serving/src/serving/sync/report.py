"""What the sidecar says of itself: problems in the log, `serving/<replica>/status.json` in the store, and metrics."""

from collections.abc import Iterable, Mapping

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from contracts import keys
from contracts.manifest import utc_now
from contracts.models.replica import Quarantined, ReplicaStatus
from objectstore import ObjectStore
from serving.errors import StartError
from serving.sync.plan import VersionConfig

log = structlog.get_logger()


class Problems:
    """What is wrong right now, by subject: logged once when it begins and once when it ends, not every second."""

    def __init__(self) -> None:
        self._current: dict[str, str] = {}

    def begin(self, subject: str, message: str) -> None:
        if self._current.get(subject) != message:
            log.warning("problem", subject=subject, problem=message)
        self._current[subject] = message

    def end(self, subject: str, message: str) -> None:
        if self._current.pop(subject, None) is not None:
            log.info("problem over", subject=subject, now=message)

    def has(self, subject: str) -> bool:
        return subject in self._current

    @property
    def messages(self) -> tuple[str, ...]:
        return tuple(self._current[subject] for subject in sorted(self._current))


class Reporter:
    """Writes what this replica holds, serves and won't serve, when it changes, and again if the store wasn't there."""

    def __init__(self, store: ObjectStore, replica: str, model: str) -> None:
        self._store = store
        self._replica = replica
        self._model = model
        self._last: ReplicaStatus | None = None

    def report(
        self,
        *,
        on_disk: Iterable[int],
        config: VersionConfig,
        quarantined: Iterable[Quarantined],
        problems: tuple[str, ...],
    ) -> None:
        """Write the status if it says something new; after a StoreError the next call tries again."""
        status = ReplicaStatus(
            replica=self._replica,
            model=self._model,
            at=utc_now(),
            on_disk=tuple(sorted(on_disk)),
            labels=dict(sorted(config.labels.items())),
            quarantined=tuple(quarantined),
            problems=problems,
        )
        last = self._last
        if last is not None and status.model_copy(update={"at": last.at}) == last:
            return
        self._store.put(keys.replica_status(self._replica), status.to_json(), content_type="application/json")
        self._last = status


class SyncMetrics:
    def __init__(self, replica: str) -> None:
        self._registry = CollectorRegistry()
        Gauge("acneflow_sync_info", "Which replica this is", ["replica"], registry=self._registry).labels(replica).set(
            1
        )
        self.quarantines = Counter(
            "acneflow_sync_quarantines", "Versions that were put in quarantine", ["model"], registry=self._registry
        )
        self._quarantined = self._gauge("acneflow_sync_quarantined_versions", "Versions that are in quarantine now")
        self._problems = self._gauge("acneflow_sync_problems", "What is wrong now and will be tried again")
        self._store = self._gauge("acneflow_sync_store_reachable", "Whether the store answers")
        self._labels = Gauge(
            "acneflow_sync_label_version",
            "The version that a label points to",
            ["model", "label"],
            registry=self._registry,
        )

    def show(
        self, model: str, *, quarantined: int, problems: int, store_reachable: bool, labels: Mapping[str, int]
    ) -> None:
        self.quarantines.labels(model)
        self._quarantined.labels(model).set(quarantined)
        self._problems.labels(model).set(problems)
        self._store.labels(model).set(store_reachable)
        for label, version in labels.items():
            self._labels.labels(model, label).set(version)
        if "candidate" not in labels:
            self._labels.labels(model, "candidate").set(0)

    def serve(self, host: str, port: int) -> None:
        """Answer on `http://host:port/metrics` until the process ends."""
        try:
            start_http_server(port, host, self._registry)
        except OSError as error:
            raise StartError(f"metrics can't be served on {host}:{port}: {error.strerror}") from error

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(name, meaning, ["model"], registry=self._registry)
