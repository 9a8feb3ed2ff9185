"""Features that were computed once, in the store: many images to an object, found again by the images' SHA-256.

A cache is named after all that decides its values but the image: network, weights, alterations, preprocessing, engine.
Losing it costs time only, so whatever is damaged or gone is computed again. Shards are only ever added.
"""

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import numpy.typing as npt
from pydantic import Field

from contracts import keys
from contracts.manifest import Contract, Document, Sha256
from contracts.steps import say
from objectstore import IntegrityError, ObjectNotFoundError, ObjectStore, read_document

Halves = npt.NDArray[np.float16]

SHARD_ROWS = 1_024
"""About 2.6 MB of embeddings, or 18 MB with the maps beside them."""
INDEX_READERS = 8


class ShardImage(Contract):
    """Rows of one image, one after the other: the image itself and its altered copies."""

    sha256: Sha256
    rows: int = Field(ge=1)


class ShardIndex(Document):
    """What lies in a shard; written after it, so that nobody reads half a shard."""

    images: tuple[ShardImage, ...]
    sha256: Sha256
    size: int


class FeatureCache:
    """The cache of one extractor. Not thread-safe."""

    def __init__(self, store: ObjectStore, extractor: str) -> None:
        self._store = store
        self._folder = keys.features(extractor)
        self._waiting: dict[str, Halves] = {}

    def read(self, wanted: Mapping[str, int]) -> Iterator[tuple[str, Halves]]:
        """Those of the wanted images (SHA-256 → rows) that are there, each once, in any order: float16 [rows, W]."""
        missing = dict(wanted)
        for key, index in self._indices():
            here = [image for image in index.images if image.rows >= missing.get(image.sha256, image.rows + 1)]
            rows = self._shard(key, index) if here else None
            if rows is None:
                continue
            starts = np.cumsum([0, *(image.rows for image in index.images)])
            for start, image in zip(starts, index.images, strict=False):
                count = missing.get(image.sha256, image.rows + 1)
                if count <= image.rows:
                    del missing[image.sha256]
                    yield image.sha256, rows[start : start + count]

    def add(self, sha256: str, rows: Halves) -> None:
        """Keep an image's rows, float16 [rows, W]; written with the others of its shard."""
        self._waiting[sha256] = rows
        if sum(map(len, self._waiting.values())) >= SHARD_ROWS:
            self.flush()

    def flush(self) -> None:
        if not self._waiting:
            return
        stream = BytesIO()
        np.save(stream, np.concatenate(list(self._waiting.values())), allow_pickle=False)
        body = stream.getvalue()
        index = ShardIndex(
            images=tuple(ShardImage(sha256=name, rows=len(rows)) for name, rows in self._waiting.items()),
            sha256=hashlib.sha256(body).hexdigest(),
            size=len(body),
        )
        name = f"{self._folder}/{hashlib.sha256(index.to_json()).hexdigest()[:16]}"
        self._store.put(f"{name}.npy", body)
        self._store.put(f"{name}.json", index.to_json(), content_type="application/json")
        self._waiting.clear()

    def _indices(self) -> Iterator[tuple[str, ShardIndex]]:
        """Every shard's key without its suffix, and its index; those with most images first."""
        names = [info.key for info in self._store.walk(f"{self._folder}/") if info.key.endswith(".json")]
        with ThreadPoolExecutor(INDEX_READERS) as pool:
            indices = list(pool.map(self._index, names))
        known = [(name.removesuffix(".json"), index) for name, index in zip(names, indices, strict=True) if index]
        yield from sorted(known, key=lambda shard: -len(shard[1].images))

    def _index(self, key: str) -> ShardIndex | None:
        try:
            return read_document(self._store, key, ShardIndex)
        except (ObjectNotFoundError, ValueError):
            return None

    def _shard(self, key: str, index: ShardIndex) -> Halves | None:
        try:
            body = self._store.get(f"{key}.npy").body
            if hashlib.sha256(body).hexdigest() != index.sha256:
                msg = f"{self._store.uri(key)}.npy isn't what its index says"
                raise IntegrityError(msg)
        except (ObjectNotFoundError, IntegrityError) as error:
            say(f"computing features again: {error}")
            return None
        rows: Halves = np.load(BytesIO(body), allow_pickle=False)
        return rows
