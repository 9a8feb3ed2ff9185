"""Version numbers: each is claimed before anything is written under it, so no two runs ever share one."""

from contracts import keys
from contracts.model import VersionClaim
from objectstore import ObjectStore, PreconditionFailedError, read_document


def claim_version(store: ObjectStore, model: str, run_id: str) -> int:
    """The number under which this run publishes: the one it claimed before, else the next that is free."""
    numbers = sorted((int(name) for name in store.folders(keys.versions(model))), reverse=True)
    mine = next((number for number in numbers if _claimant(store, model, number) == run_id), None)
    if mine is not None:
        return mine
    number = 1 + max(numbers, default=0)
    while not _claim(store, model, number, run_id):
        number += 1
    return number


def _claim(store: ObjectStore, model: str, number: int, run_id: str) -> bool:
    key, claim = keys.version_claim(model, number), VersionClaim(run_id=run_id)
    try:
        store.put(key, claim.to_json(), content_type="application/json", if_absent=True)
    except PreconditionFailedError:
        # two evaluations of one run may race, too
        return _claimant(store, model, number) == run_id
    return True


def _claimant(store: ObjectStore, model: str, number: int) -> str | None:
    key = keys.version_claim(model, number)
    return None if store.head(key) is None else read_document(store, key, VersionClaim).run_id
