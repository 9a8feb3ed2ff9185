"""Under which licences a dataset's images stand, as their sources named them when they were fetched."""

from collections import Counter

from contracts import keys
from contracts.dataset import DatasetManifest
from contracts.snapshot import SnapshotManifest
from objectstore import ObjectStore, load_document


def licences_of(store: ObjectStore, dataset: DatasetManifest) -> tuple[str, ...]:
    """Those of the dataset's snapshots, the most frequent first; snapshots that are gone are passed over.

    Raises:
        InvalidManifestError: if a snapshot can't be read.
    """
    found: Counter[str] = Counter()
    for uri in dataset.snapshots:
        if store.head(keys.parse_uri(uri).key) is not None:
            found.update(image.licence for image in load_document(store, uri, SnapshotManifest).images)
    return tuple(licence for licence, _ in found.most_common())
