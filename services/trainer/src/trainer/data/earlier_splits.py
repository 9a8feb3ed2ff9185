"""What the store's earlier datasets did with each image: a test image stays one for good, whatever is prepared later.

So a version can be held against any other on images that neither learnt from, and figures of last year mean the same
today.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from contracts import keys
from contracts.dataset import REPORT_FILE, DatasetManifest, DatasetReport, Split
from objectstore import ObjectStore, read_document
from trainer.data.datasets import load_splits

MIN_SHARED_CLASSES = 0.5
"""Of the classes of two datasets together; below it they are about different things and aren't compared."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of the images that are asked about; none of the sets holds another's."""

    tested: frozenset[str] = frozenset()
    """SHA-256 of those that were test images of any dataset."""
    learnt: frozenset[str] = frozenset()
    """Of those that some dataset held, and none as test images."""
    splits: dict[str, Split] = field(default_factory=dict)
    """Where the newest dataset of this seed put the learnt ones."""


def published_datasets(store: ObjectStore) -> list[DatasetManifest]:
    """All datasets of the store, the newest first.

    Raises:
        InvalidManifestError: if a manifest can't be read.
    """
    manifests = (keys.manifest(keys.dataset(name)) for name in store.folders(keys.datasets()))
    found = [read_document(store, key, DatasetManifest) for key in manifests if store.head(key) is not None]
    return sorted(found, key=lambda each: (each.created_at, each.dataset_id), reverse=True)


def earlier_splits(
    store: ObjectStore, datasets: Collection[DatasetManifest], images: Collection[str], seed: int
) -> Earlier:
    """What earlier datasets did with these images.

    Args:
        store: holds the datasets.
        datasets: all of them, the newest first.
        images: the SHA-256 of each image that is asked about.
        seed: of the dataset that is being made.

    Raises:
        IntegrityError: if a dataset's items aren't those its manifest names; without them its test set is unknown.
    """
    tested: set[str] = set()
    learnt: set[str] = set()
    splits: dict[str, Split] = {}
    for dataset in datasets:
        for sha256, split in known_splits(store, dataset, images):
            if split is Split.TEST:
                tested.add(sha256)
                continue
            learnt.add(sha256)
            if dataset.seed == seed:
                splits.setdefault(sha256, split)
    learnt -= tested
    return Earlier(frozenset(tested), frozenset(learnt), {name: splits[name] for name in learnt & splits.keys()})


def comparable(
    datasets: Collection[DatasetManifest], sources: Collection[str], classes: Collection[str]
) -> DatasetManifest | None:
    """The newest dataset that shares a source and at least half of the classes; None if there is none."""
    for dataset in datasets:
        theirs = {each.name for each in dataset.classes}
        shared = len(theirs & set(classes)) / len(theirs | set(classes))
        if sources_of(dataset) & set(sources) and shared >= MIN_SHARED_CLASSES:
            return dataset
    return None


def sources_of(dataset: DatasetManifest) -> set[str]:
    """The names of the sources whose snapshots a dataset was made of."""
    return {keys.source_of(keys.parse_uri(uri).key) for uri in dataset.snapshots}


def report_of(store: ObjectStore, dataset_id: str) -> DatasetReport | None:
    """The report of a dataset; None if it has none."""
    key = f"{keys.dataset(dataset_id)}/{REPORT_FILE}"
    return None if store.head(key) is None else read_document(store, key, DatasetReport)


def known_splits(store: ObjectStore, dataset: DatasetManifest, images: Collection[str]) -> Iterator[tuple[str, Split]]:
    """SHA-256 and split of those images that a dataset holds.

    Raises:
        IntegrityError: if its items aren't those its manifest names.
    """
    return ((sha256, split) for sha256, split in load_splits(store, dataset) if sha256 in images)
