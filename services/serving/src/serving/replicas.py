"""What the sync sidecars say of themselves, and the table of it that `serving status` prints."""

from collections.abc import Iterable, Iterator

from contracts import keys
from contracts.models.replica import ReplicaStatus
from objectstore import ObjectNotFoundError, ObjectStore, read_document

COLUMNS = ("REPLICA", "MODEL", "LABELS", "ON DISK", "QUARANTINED", "SINCE")


def replica_statuses(store: ObjectStore) -> Iterator[ReplicaStatus]:
    for replica in store.folders(keys.replicas()):
        try:
            yield read_document(store, keys.replica_status(replica), ReplicaStatus)
        except ObjectNotFoundError:
            continue


def table(statuses: Iterable[ReplicaStatus]) -> str:
    """The statuses as text: a row per replica, then each quarantine's reason and each problem."""
    known = list(statuses)
    if not known:
        return "no sync sidecar has reported yet"
    rows = [COLUMNS, *(_row(status) for status in known)]
    remarks = [remark for status in known for remark in _remarks(status)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *remarks])


def _row(status: ReplicaStatus) -> tuple[str, ...]:
    return (
        status.replica,
        status.model,
        " ".join(f"{label}={version}" for label, version in status.labels.items()) or "-",
        " ".join(map(str, status.on_disk)) or "-",
        " ".join(str(quarantined.version) for quarantined in status.quarantined) or "-",
        f"{status.at:%Y-%m-%d %H:%M:%S} UTC",
    )


def _remarks(status: ReplicaStatus) -> list[str]:
    quarantines = (f"version {it.version} is quarantined: {it.reason}" for it in status.quarantined)
    return [f"{status.replica}: {remark}" for remark in (*quarantines, *status.problems)]
