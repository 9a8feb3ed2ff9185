"""What a scrape saw, beside what the last one saw: whether that is new, whether too much is missing, and publishing it.

Published snapshots never change. A snapshot's files are written first and its manifest last. The manifest is written
row by row, so that a large one takes no more memory than a small one.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import IO

from pydantic import BaseModel

from contracts import keys
from contracts.manifest import utc_now
from contracts.snapshot import RefusedImage, SnapshotClass, SnapshotImage, SnapshotManifest
from objectstore import ObjectStore, read_document
from scraper.errors import SiteChangedError
from scraper.sources.protocol import Source
from scraper.state.database import State


def latest(store: ObjectStore, source: str) -> str | None:
    """URI of the last snapshot of a source; None before the first."""
    for name in reversed(store.folders(keys.snapshots(source))):
        key = keys.manifest(f"{keys.snapshots(source)}{name}")
        if store.head(key) is not None:  # without a manifest it is what a broken-off run left
            return store.uri(key)
    return None


def recall(store: ObjectStore, uri: str, state: State) -> None:
    """Make the state know the last snapshot, if it is one that the state hasn't published itself."""
    if state.value("snapshot") != uri:
        manifest = read_document(store, keys.parse_uri(uri).key, SnapshotManifest)
        state.adopt(uri, manifest, classes_json(manifest.classes))


def require_no_loss(source: Source, state: State, counts: Counter[str], largest_loss: float) -> None:
    """Raise SiteChangedError if a class has fallen by more than a share against the last snapshot.

    That says that something broke, not that skin got better.
    """
    before = Counter(label for url, label in state.sightings.published_images() if source.should_still_have(url, label))
    fallen = [
        f"{label} from {n} to {counts[label]}" for label, n in before.items() if counts[label] < n * (1 - largest_loss)
    ]
    if fallen:
        raise SiteChangedError(
            f"more than {largest_loss:.0%} of the images are gone in {', '.join(sorted(fallen))} "
            f"(last snapshot: {state.value('snapshot')}, which stays the last). Has the source changed? "
            "If this is meant, run the scraper once with --allow-loss"
        )


def publish(
    store: ObjectStore, source: Source, classes: tuple[SnapshotClass, ...], state: State, files: dict[str, bytes]
) -> str:
    """Write a snapshot and return its manifest's URI; its images are in the store already.

    `files` has the content of what stands beside the manifest, by name.
    """
    head = SnapshotManifest(
        source=source.name,
        created_at=_unused_moment(store, source),
        synthetic=source.synthetic,
        notice=source.notice,
        classes=classes,
        images=(),
        refused=dict(sorted(state.sightings.refusal_counts().items())),
    )
    folder = keys.snapshot_folder(source.name, head.created_at)
    for name, content in files.items():
        store.put(f"{folder}/{name}", content)
    with tempfile.TemporaryFile() as file:
        _write(file, head, state)
        file.seek(0)
        store.put(keys.manifest(folder), file, content_type="application/json", if_absent=True)
    return store.uri(keys.manifest(folder))


def _unused_moment(store: ObjectStore, source: Source) -> datetime:
    """Now, or the next second that names no snapshot yet: a small source is scraped twice in one."""
    moment = utc_now()
    while store.head(keys.snapshot(source.name, moment)) is not None:
        moment += timedelta(seconds=1)
    return moment


def classes_json(classes: tuple[SnapshotClass, ...]) -> str:
    """Classes as text that is the same if they are."""
    return json.dumps([each.model_dump() for each in classes], sort_keys=True)


def _write(file: IO[bytes], head: SnapshotManifest, state: State) -> None:
    fields = head.model_dump(mode="json", exclude={"images", "refusals"})
    text = json.dumps(fields, indent=2, ensure_ascii=False).removesuffix("\n}")
    file.write(f'{text},\n  "images": ['.encode())
    _write_rows(file, (SnapshotImage.model_validate(dict(row)) for row in state.sightings.images()))
    file.write(b'],\n  "refusals": [')
    _write_rows(file, (RefusedImage.model_validate(dict(row)) for row in state.sightings.refusals()))
    file.write(b"]\n}\n")


def _write_rows(file: IO[bytes], rows: Iterable[BaseModel]) -> None:
    for number, row in enumerate(rows):
        file.write((",\n    " if number else "\n    ").encode() + row.model_dump_json().encode())
    file.write(b"\n  ")
