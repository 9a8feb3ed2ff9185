"""What a scrape saw, beside what the last one saw: whether that is new, whether too much is missing, and publishing it.

Published snapshots never change; the manifest is one object, so there is no half of one.
"""

from collections import Counter

from contracts import keys
from contracts.manifest import utc_now
from contracts.snapshot import SnapshotClass, SnapshotManifest
from objectstore import ObjectStore, read_document
from scraper.collect import Harvest
from scraper.errors import SiteChangedError
from scraper.sources.protocol import Source

LARGEST_LOSS = 0.5
"""A class that lost more than this share of its images says that something broke, not that skin got better."""


def latest(store: ObjectStore, source: str) -> tuple[str, SnapshotManifest] | None:
    """The last snapshot of a source and its URI; None before the first.

    Raises:
        InvalidManifestError: if it isn't valid.
    """
    names = store.folders(keys.snapshots(source))
    if not names:
        return None
    key = keys.manifest(f"{keys.snapshots(source)}{names[-1]}")
    return store.uri(key), read_document(store, key, SnapshotManifest)


def build(source: Source, classes: tuple[SnapshotClass, ...], harvest: Harvest) -> SnapshotManifest:
    """A snapshot of a source as of now."""
    return SnapshotManifest(
        source=source.name,
        created_at=utc_now(),
        synthetic=source.synthetic,
        notice=source.notice,
        classes=classes,
        images=harvest.images,
        refused=dict(sorted(Counter(refusal.reason for refusal in harvest.refusals).items())),
        refusals=harvest.refusals,
    )


def require_no_loss(source: Source, last: SnapshotManifest, new: SnapshotManifest) -> None:
    """Refuse a snapshot in which a class has fallen by more than `LARGEST_LOSS` against the last one.

    Raises:
        SiteChangedError: naming each such class.
    """
    before = Counter(image.label for image in last.images if source.should_still_have(image))
    after = Counter(image.label for image in new.images)
    fallen = [f"{label} from {n} to {after[label]}" for label, n in before.items() if after[label] < n * LARGEST_LOSS]
    if fallen:
        msg = (
            f"fewer than half of the images are left in {', '.join(sorted(fallen))} "
            f"(last snapshot: {last.created_at:%Y-%m-%d %H:%M} UTC, which stays the last). Has the source changed? "
            "If this is meant, run the scraper once with --allow-loss"
        )
        raise SiteChangedError(msg)


def says_the_same(last: SnapshotManifest, new: SnapshotManifest) -> bool:
    """Whether nothing changed that a model could learn from: content, label, group, and the classes' definitions."""
    return last.classes == new.classes and _learnable(last) == _learnable(new)


def publish(store: ObjectStore, snapshot: SnapshotManifest) -> str:
    """Write a snapshot's manifest and return its URI; its images are in the store already."""
    key = keys.snapshot(snapshot.source, snapshot.created_at)
    store.put(key, snapshot.to_json(), content_type="application/json", if_absent=True)
    return store.uri(key)


def _learnable(snapshot: SnapshotManifest) -> set[tuple[str, str, str]]:
    return {(image.sha256, image.label, image.group) for image in snapshot.images}
