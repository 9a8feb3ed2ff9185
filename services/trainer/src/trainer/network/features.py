"""What the frozen part sees in a dataset's images and their altered copies: from the cache, or computed and kept there.

Decoding, altering and running overlap in threads. Memory doesn't grow with the dataset: rows go straight to a file.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contracts.dataset import DatasetItem
from contracts.run import TrainSettings
from contracts.steps import say
from imaging import INPUT_SIDE_PX, to_pixels, upright_rgb
from objectstore import ObjectStore
from trainer.network.architectures import ARCHITECTURES, MAP_SIDE
from trainer.network.augment import altered_copies
from trainer.network.extractor import choose_engine, extractor_name, open_engine, row_width
from trainer.network.feature_cache import FeatureCache, Halves
from trainer.network.weights import Weights
from trainer.photos import for_each_photo
from trainer.progress import Progress
from trainer.settings import Engine, TrainerSettings

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

CHUNK = 256
"""Rows that are read at once where all of them are needed."""
VALUE_BYTES = np.dtype(np.float16).itemsize


class Rows:
    """A table of float16 in a local file, N rows of W values; those never written are zero. Safe to share by threads.

    Reads go through the system's page cache, so a dataset of any size takes the same memory of ours. (A mapped file
    would count as ours.)
    """

    def __init__(self, path: Path, count: int, width: int) -> None:
        self.count, self.width = count, width
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._file, count * width * VALUE_BYTES)

    def write(self, at: int, rows: Halves) -> None:
        """Put rows, [n, W], at position `at` and the following."""
        os.pwrite(self._file, np.ascontiguousarray(rows, np.float16).tobytes(), at * self.width * VALUE_BYTES)

    def take(self, indices: Iterable[int], start: int = 0, stop: int | None = None) -> Floats:
        """The columns from `start` to `stop` of these rows, float32 [n, stop - start]."""
        columns = (self.width if stop is None else stop) - start
        places = ((int(index) * self.width + start) * VALUE_BYTES for index in indices)
        parts = [os.pread(self._file, columns * VALUE_BYTES, place) for place in places]
        return np.frombuffer(b"".join(parts), np.float16).reshape(len(parts), columns).astype(np.float32)

    def close(self) -> None:
        os.close(self._file)


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Rows of N images of one split, C of each: of the image itself first, then of its altered copies."""

    rows: Rows
    """[N · C, W]; the first `width` columns are the embedding, the others the maps at the cut."""
    labels: Labels
    """[N], indices into the classes."""
    copies: int
    width: int

    @property
    def row_labels(self) -> Labels:
        """Of the rows, [N · C]."""
        return np.repeat(self.labels, self.copies)

    @property
    def unaltered(self) -> Floats:
        """Embeddings of the images themselves, [N, D]."""
        return self.embeddings(range(0, self.rows.count, self.copies))

    def embeddings(self, rows: Iterable[int]) -> Floats:
        """Embeddings of these rows, [n, D]."""
        return self.rows.take(rows, stop=self.width)

    def maps(self, rows: Iterable[int]) -> Floats:
        """Maps at the cut of these rows, [n, 7, 7, channels]."""
        flat = self.rows.take(rows, start=self.width)
        return flat.reshape(len(flat), MAP_SIDE, MAP_SIDE, -1)

    def class_means(self, classes: int) -> Floats:
        """Mean embedding of each class' rows, [K, D]."""
        sums = np.zeros((classes, self.width))
        labels = self.row_labels
        for start in range(0, self.rows.count, CHUNK):
            rows = np.arange(start, min(start + CHUNK, self.rows.count))
            np.add.at(sums, labels[rows], self.embeddings(rows))
        counts = np.bincount(labels, minlength=classes)
        means: Floats = (sums / np.maximum(counts, 1)[:, np.newaxis]).astype(np.float32)
        return means


@dataclass(frozen=True, slots=True)
class FeatureSource:
    """Where features come from: the images, the frozen part, and the cache of what it saw."""

    store: ObjectStore
    settings: TrainSettings
    weights: Weights
    environment: TrainerSettings
    """What may run the frozen part, and the folder that keeps it."""

    def features(self, items: Sequence[DatasetItem], classes: Sequence[str], copies: int, path: Path) -> Features:
        """Features of images of one split and of so many altered copies of each, in the order of `items`.

        The rows go to the file `path`, which must live as long as the result.
        """
        per_image = 1 + copies
        rows = Rows(path, len(items) * per_image, row_width(self.settings))
        places = {item.sha256: number * per_image for number, item in enumerate(items)}
        engine = choose_engine(self.environment.feature_engine)
        cache = FeatureCache(self.store, extractor_name(self.settings, self.weights.origin, engine))
        missing = {item.sha256: item for item in items}
        for sha256, found in cache.read(dict.fromkeys(places, per_image)):
            rows.write(places[sha256], found)
            del missing[sha256]
        split = items[0].split.value
        say(f"{split}: features of {len(items) - len(missing)} images are there, {len(missing)} to compute")
        if missing:
            for sha256, computed in self._compute(list(missing.values()), per_image, engine):
                rows.write(places[sha256], computed)
                cache.add(sha256, computed)
            cache.flush()
        labels = np.array([list(classes).index(item.label) for item in items])
        return Features(rows, labels, per_image, ARCHITECTURES[self.settings.architecture].width)

    def _compute(self, items: Sequence[DatasetItem], per_image: int, engine: Engine) -> Iterable[tuple[str, Halves]]:
        with open_engine(engine, self.settings, self.weights, self.environment.cache) as extract:
            progress = Progress(f"{items[0].split} images embedded", len(items))

            def embed(item: DatasetItem, data: bytes) -> tuple[str, Halves]:
                picture = upright_rgb(data, at_least_px=INPUT_SIDE_PX)
                pixels = np.stack([to_pixels(picture), *altered_copies(picture, item.sha256, per_image - 1)])
                found = extract(pixels)
                progress.advance()
                return item.sha256, found

            yield from for_each_photo(self.store, items, embed)
