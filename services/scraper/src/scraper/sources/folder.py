"""The operator's own images: a folder of class folders, or a table that names path, label and, where known, group.

Nothing tells in a folder what belongs together, so each file is a group of its own; the trainer joins near-duplicates.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from urllib.parse import quote_from_bytes

from contracts.snapshot import SnapshotClass
from contracts.steps import InvalidInputError
from scraper.crawl.stats import Stats
from scraper.settings import ScraperSettings
from scraper.sources.protocol import Batch, Candidate, Section, Source, SourceOptions, Survey
from scraper.sources.reading import FromDisk
from scraper.sources.table import TABLE_SUFFIXES, ImageTable, Row, TableSource, label_of

LICENCE = "the operator's own"
BATCH = 500
"""Files that are noted at a time."""


class ImageFolder(FromDisk):
    """A folder of class folders. Hidden files and folders are passed over."""

    name = "folder"
    synthetic = False
    one_site = True

    def __init__(self, root: Path, minimum_images: int, stats: Stats) -> None:
        super().__init__(stats)
        self._root = root.absolute()
        self._minimum_images = minimum_images
        self.notice = f"Images from the operator's own folder {self._root.name!r}."

    async def survey(self) -> Survey:
        """Each direct subfolder is a class."""
        return await asyncio.to_thread(self._survey)

    async def images(self, section: Section, resume_at: str) -> AsyncGenerator[Batch, None]:
        """Every file of a class folder, at any depth, by path; `resume_at` is the last file before."""
        paths = await asyncio.to_thread(_files, Path(section.address))
        ahead = [path for path in paths if not resume_at or path > Path(resume_at)]
        for begin in range(0, len(ahead), BATCH):
            batch = ahead[begin : begin + BATCH]
            yield Batch(tuple(self._candidate(path, section.label) for path in batch), resume_at=str(batch[-1]))

    def should_still_have(self, url: str, label: str) -> bool:
        """Images of class folders that are gone, or of another folder, aren't missed: that was the operator's wish."""
        return url.startswith(f"{self._root.as_uri()}/") and label in self._labels

    def _candidate(self, path: Path, label: str) -> Candidate:
        return Candidate(
            url=path.as_uri(),
            page=None,
            label=label,
            group=quote_from_bytes(os.fsencode(path.relative_to(self._root))),
            licence=LICENCE,
        )

    @cached_property
    def _labels(self) -> frozenset[str]:
        return frozenset(label_of(folder.name) for folder in _folders(self._root))

    def _survey(self) -> Survey:
        if not self._root.is_dir():
            raise InvalidInputError(f"there is no folder {self._root}")
        folders = _folders(self._root)
        if len(folders) < 2:
            msg = f"expected a folder of images for each class, at least two, in {self._root}; found {len(folders)}"
            raise InvalidInputError(msg)
        by_label: dict[str, Path] = {}
        for folder in folders:
            label = label_of(folder.name)
            if not label:
                msg = f"the folder name {folder.name!r} has no letter from a to z or digit; rename {folder}"
                raise InvalidInputError(msg)
            if label in by_label:
                msg = f"{by_label[label]} and {folder} are both the class {label!r}; rename or merge them"
                raise InvalidInputError(msg)
            by_label[label] = folder
        loose = [path for path in self._root.iterdir() if path.is_file() and not path.name.startswith(".")]
        return Survey(
            classes=tuple(
                SnapshotClass(name=label, display_name=folder.name, minimum_images=self._minimum_images)
                for label, folder in by_label.items()
            ),
            sections=tuple(Section(label, str(folder)) for label, folder in by_label.items()),
            left_out=(f"{len(loose)} files that lie in no class folder",) if loose else (),
        )


class ImageManifest(FromDisk, TableSource):
    """A table of files; relative paths start at the table's folder. None lies outside that folder."""

    name = "folder"
    one_site = True

    def __init__(self, path: Path, minimum_images: int, stats: Stats) -> None:
        FromDisk.__init__(self, stats)
        TableSource.__init__(self, ImageTable(path, "path"), minimum_images)
        self._root = path.absolute().parent.resolve()
        self.notice = f"Images from the operator's own table {path.name!r}."

    def should_still_have(self, url: str, label: str) -> bool:
        """Neither labels that are gone from the table nor another folder's images are missed."""
        return url.startswith(f"{self._root.as_uri()}/") and super().should_still_have(url, label)

    def _candidate(self, row: Row) -> Candidate:
        path = (self._root / row.place).resolve()
        if not path.is_relative_to(self._root):
            raise InvalidInputError(
                f"{self._table.path}, row {row.number}: {row.place!r} lies outside {self._root}; "
                "keep images beside the table"
            )
        return row.candidate(path.as_uri(), LICENCE)


@asynccontextmanager
async def open_source(settings: ScraperSettings, options: SourceOptions, stats: Stats) -> AsyncIterator[Source]:  # noqa: ARG001
    given = options.folder
    if given is None:
        raise InvalidInputError(
            "--source folder needs --folder PATH: a folder that holds one folder of images for each class, or a CSV or "
            "Parquet file with the columns path, label and, optionally, group"
        )
    is_table = given.suffix.lower() in TABLE_SUFFIXES and not given.is_dir()
    yield (ImageManifest if is_table else ImageFolder)(given, options.minimum_images, stats)


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for directory, subfolders, names in os.walk(folder):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        found.extend(Path(directory, name) for name in names if not name.startswith("."))
    return sorted(path for path in found if path.is_file())
