"""What people corrected: accepted feedback with a photo and a label, as one more source of images.

Only what was accepted and consented to is read, and of it nothing but the photo's name and its label.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor

from contracts import keys
from contracts.feedback import SOURCE, Feedback
from contracts.manifest import InvalidManifestError
from contracts.steps import say
from objectstore import ObjectStore, read_document
from trainer.data.sightings import Sighting
from trainer.photos import READERS_PER_CORE

CONCURRENT_READS = 4 * READERS_PER_CORE


def corrections(store: ObjectStore, model: str, classes: Collection[str]) -> list[Sighting]:
    """The accepted corrections of a model's answers whose label is one of the classes, each a case of its own.

    A damaged record is passed over and named: it must not keep everything else from being learnt.

    Raises:
        StoreError: if the store can't be read.
    """
    records = [info.key for info in store.walk(keys.feedback()) if info.key.endswith(".json")]
    found: list[Sighting] = []
    passed_over: Counter[str] = Counter()
    with ThreadPoolExecutor(CONCURRENT_READS, thread_name_prefix="feedback") as pool:
        for record in pool.map(lambda key: _read(store, key), records):
            if record is None:
                passed_over["damaged"] += 1
            elif reason := _why_not(record, model, classes):
                passed_over[reason] += 1
            else:
                found.extend(_sightings(record))
    if records:
        rest = ", ".join(f"{count} {reason}" for reason, count in passed_over.most_common())
        say(f"{len(found)} accepted corrections are learnt from" + (f"; passed over: {rest}" if rest else ""))
    return found


def _read(store: ObjectStore, key: str) -> Feedback | None:
    try:
        return read_document(store, key, Feedback)
    except InvalidManifestError as error:
        say(f"passed over: {error}")
        return None


def _why_not(record: Feedback, model: str, classes: Collection[str]) -> str | None:
    if record.status != "accepted":
        return record.status
    if record.model != model:
        return "of another model"
    if record.image is None or not record.consent:
        return "without a photo that may be kept"
    if record.label not in classes:
        return "with a label that is none of these classes"
    return None


def _sightings(record: Feedback) -> Iterator[Sighting]:
    if record.image is not None and record.label is not None:
        case = f"{SOURCE}/{record.feedback_id}"
        yield Sighting(record.image.sha256, record.image.key, record.label, SOURCE, case, None, None)
