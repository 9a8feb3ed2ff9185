"""`serving/<replica>/status.json`: written when something changes, and again if the store wasn't there to take it."""

from collections.abc import Iterable

from contracts import keys
from contracts.manifest import utc_now
from contracts.replica import Quarantined, ReplicaStatus
from objectstore import ObjectStore
from serving.sync.plan import Told


class Reporter:
    """Tells the store what this replica holds, serves and won't serve."""

    def __init__(self, store: ObjectStore, replica: str, model: str) -> None:
        self._store = store
        self._replica = replica
        self._model = model
        self._told_store: ReplicaStatus | None = None

    def report(
        self, *, on_disk: Iterable[int], told: Told, quarantined: Iterable[Quarantined], problems: tuple[str, ...]
    ) -> None:
        """Write the status if it says something new.

        Raises:
            StoreError: if the store doesn't take it; the next call tries again.
        """
        status = ReplicaStatus(
            replica=self._replica,
            model=self._model,
            at=utc_now(),
            on_disk=tuple(sorted(on_disk)),
            labels=dict(sorted(told.labels.items())),
            quarantined=tuple(quarantined),
            problems=problems,
        )
        last = self._told_store
        if last is not None and status.model_copy(update={"at": last.at}) == last:
            return
        self._store.put(keys.replica_status(self._replica), status.to_json(), content_type="application/json")
        self._told_store = status
