"""A model's channels in the store: moved by the rules of `contracts.models.promotion`, whoever asks.

Before a version goes into production, every file of it is read and hashed. Every write is conditional on the ETag that
was read; whoever loses the race asks the rules again.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from contracts import keys
from contracts.manifest import InvalidManifestError
from contracts.models import promotion
from contracts.models.channels import Channels, PromotionRefusedError, Refusal
from contracts.models.version import VersionManifest
from contracts.run import Evaluation
from objectstore.documents import change_document, read_document
from objectstore.errors import IntegrityError, ObjectNotFoundError
from objectstore.store import ObjectStore

Change = tuple[Channels, Channels]
"""The channels before and after; equal if the move was made before."""


def read_channels(store: ObjectStore, model: str) -> Channels:
    """The channels of a model; empty ones if it never had a version."""
    try:
        return read_document(store, keys.channels(model), Channels)
    except ObjectNotFoundError:
        return Channels()


def change_channels(store: ObjectStore, model: str, change: Callable[[Channels], Channels]) -> Change:
    """Replace the channels by what `change` makes of them; it is asked again whenever somebody else wrote first.

    Raises:
        PreconditionFailedError: if others kept writing first.
    """
    return change_document(store, keys.channels(model), Channels, change, default=Channels())


def settle(store: ObjectStore, evaluation: Evaluation, version: int) -> Change:
    """Do what an evaluation says of the version that it judged; a second time it does nothing."""
    check_files(store, evaluation.model, version)
    return change_channels(store, evaluation.model, lambda now: promotion.settle(now, evaluation, version))


def promote_version(store: ObjectStore, model: str, version: int, reason: str, *, force: bool = False) -> Change:
    """Put a version into production.

    Raises:
        PromotionRefusedError: if it was never published or is damaged, if the gate doesn't stand behind it and `force`
            doesn't say otherwise, or without a reason.
    """
    promotion.required_reason(reason)
    manifest = check_files(store, model, version)
    try:
        evaluation = read_document(store, keys.evaluation(manifest.run_id), Evaluation)
    except ObjectNotFoundError:
        evaluation = None
    return change_channels(store, model, lambda now: promotion.promote(now, version, evaluation, reason, force=force))


def reject_version(store: ObjectStore, model: str, version: int, reason: str) -> Change:
    """Take a version back as a candidate; a damaged one, too.

    Raises:
        PromotionRefusedError: if it was never published or is in production, or without a reason.
    """
    promotion.required_reason(reason)
    _read_manifest(store, model, version)
    return change_channels(store, model, lambda now: promotion.reject(now, version, reason))


def roll_back(store: ObjectStore, model: str, to: int | None, reason: str) -> Change:
    """Put an earlier version into production again; None is the last one.

    Raises:
        PromotionRefusedError: if there is no such model, nothing to go back to, the version was never in production or
            is damaged, or without a reason.
    """
    try:
        before = read_document(store, keys.channels(model), Channels)
    except ObjectNotFoundError as error:
        detail = f"there is no model {model!r}: nothing is in production"
        raise PromotionRefusedError(Refusal.UNKNOWN_MODEL, detail, "promote a version, or train one") from error
    # decided once: whoever lost a race to another rollback must not go back a second time
    after = promotion.roll_back(before, to, reason)
    target = after.production
    if after == before or target is None:
        return before, before
    check_files(store, model, target)

    def back(now: Channels) -> Channels:
        return now if now.production == target else promotion.roll_back(now, target, reason)

    return change_channels(store, model, back)


def check_files(store: ObjectStore, model: str, version: int) -> VersionManifest:
    """Read every file of a published version and hold it against the manifest.

    Raises:
        PromotionRefusedError: if the version was never published, or a file is missing or damaged; names it.
        StoreUnavailableError: if the store can't be reached.
    """
    manifest, folder = _read_manifest(store, model, version), keys.version(model, version)
    with TemporaryDirectory() as local:
        for entry in manifest.files:
            path = Path(local) / entry.path
            try:
                store.download(f"{folder}/{entry.path}", path, sha256=entry.sha256, size=entry.size)
            except (IntegrityError, ObjectNotFoundError) as error:
                raise _refusal_for_damage(model, version, error) from error
            path.unlink()
    return manifest


def published_versions(store: ObjectStore, model: str) -> list[int]:
    """The numbers of a model's published versions, the newest first."""
    numbers = sorted((int(name) for name in store.folders(keys.versions(model)) if name.isdecimal()), reverse=True)
    return [number for number in numbers if store.head(keys.manifest(keys.version(model, number))) is not None]


def _read_manifest(store: ObjectStore, model: str, version: int) -> VersionManifest:
    key = keys.manifest(keys.version(model, version))
    try:
        return read_document(store, key, VersionManifest)
    except ObjectNotFoundError as error:
        numbers = published_versions(store, model)
        known = f"published are {', '.join(map(str, numbers))}" if numbers else "none of this model was"
        detail = f"{model} version {version} was never published: there is no {store.uri(key)}"
        raise PromotionRefusedError(Refusal.UNKNOWN_VERSION, detail, known) from error
    except InvalidManifestError as error:
        raise _refusal_for_damage(model, version, error) from error


def _refusal_for_damage(model: str, version: int, error: Exception) -> PromotionRefusedError:
    detail = f"{model} version {version} is damaged and can't be used: {error}"
    return PromotionRefusedError(Refusal.DAMAGED, detail, "name another version, or train again")
