"""What the sidecar tells Prometheus, when it has a port to be asked on."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from serving.errors import StartError


class SyncMetrics:
    """The metrics of one sidecar, by model."""

    def __init__(self, replica: str) -> None:
        self._registry = CollectorRegistry()
        Gauge("acneflow_sync_info", "Which replica this is", ["replica"], registry=self._registry).labels(replica).set(
            1
        )
        self.quarantines = self._counter("acneflow_sync_quarantines", "Versions that were put in quarantine")
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
        """How things are now."""
        self.quarantines.labels(model)
        self._quarantined.labels(model).set(quarantined)
        self._problems.labels(model).set(problems)
        self._store.labels(model).set(store_reachable)
        for label, version in labels.items():
            self._labels.labels(model, label).set(version)
        if "candidate" not in labels:
            self._labels.labels(model, "candidate").set(0)

    def serve(self, host: str, port: int) -> None:
        """Answer on `http://host:port/metrics` until the process ends.

        Raises:
            StartError: if the port is taken.
        """
        try:
            start_http_server(port, host, self._registry)
        except OSError as error:
            msg = f"metrics can't be served on {host}:{port}: {error.strerror}"
            raise StartError(msg) from error

    def _counter(self, name: str, meaning: str) -> Counter:
        return Counter(name, meaning, ["model"], registry=self._registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(name, meaning, ["model"], registry=self._registry)
