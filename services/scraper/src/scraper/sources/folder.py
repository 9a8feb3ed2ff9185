"""The operator's own images: a folder that holds one folder for each class, however deep the files lie in it.

Nothing tells here what belongs together, so each file is a group of its own; the trainer joins near-duplicates.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from functools import cached_property
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from contracts.snapshot import SnapshotClass
from contracts.steps import InvalidInputError
from imaging import DEFAULT_LIMITS
from scraper.crawl.memory import Room
from scraper.crawl.stats import Tally
from scraper.errors import Refusal, RefusedError
from scraper.http.validators import NO_VALIDATORS, Validators
from scraper.sources.label import label_of
from scraper.sources.protocol import Batch, Candidate, Content, Section, Survey
from webguard import LARGE_BYTES

LICENCE = "the operator's own"
BATCH = 500
"""Files that are noted at a time."""


class ImageFolder:
    """A folder of class folders. Hidden files and folders are passed over.

    Args:
        root: the folder.
        minimum_images: the fewest images a class may be trained with.
        tally: where bytes are counted.
    """

    name = "folder"
    synthetic = False
    one_site = True

    def __init__(self, root: Path, minimum_images: int, tally: Tally) -> None:
        self._root = root.absolute()
        self._minimum_images = minimum_images
        self._tally = tally

    @property
    def notice(self) -> str:
        """Names the folder, not the path to it."""
        return f"Images from the operator's own folder {self._root.name!r}."

    async def survey(self) -> Survey:
        """Each direct subfolder is a class.

        Raises:
            InvalidInputError: if there are fewer than two, or two whose names come out as the same label.
        """
        return await asyncio.to_thread(self._survey)

    async def images(self, section: Section, resume_at: str) -> AsyncGenerator[Batch, None]:
        """Every file of a class folder, at any depth, by path; `resume_at` is the last file before."""
        paths = await asyncio.to_thread(_files, Path(section.address))
        ahead = [path for path in paths if not resume_at or path > Path(resume_at)]
        for begin in range(0, len(ahead), BATCH):
            batch = ahead[begin : begin + BATCH]
            yield Batch(tuple(self._candidate(path, section.label) for path in batch), resume_at=str(batch[-1]))

    async def read(self, url: str, known: Validators | None, room: Room) -> Content:  # noqa: ARG002
        """A file's bytes, always read: that costs less than being wrong about a file's date.

        Raises:
            RefusedError: if it can't be read.
        """
        return await read_file(url, room, self._tally)

    def wait_s(self, host: str) -> float:  # noqa: ARG002
        """A disk needs no manners."""
        return 0.0

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
            msg = f"there is no folder {self._root}"
            raise InvalidInputError(msg)
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


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for directory, subfolders, names in os.walk(folder):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        found.extend(Path(directory, name) for name in names if not name.startswith("."))
    return sorted(path for path in found if path.is_file())


async def read_file(url: str, room: Room, tally: Tally) -> Content:
    """What a `file:` address holds.

    Raises:
        RefusedError: if it can't be read.
    """
    path = Path(os.fsdecode(unquote_to_bytes(urlsplit(url).path)))
    try:
        if (await asyncio.to_thread(path.stat)).st_size >= LARGE_BYTES:
            await room.for_large_body()
        body = await asyncio.to_thread(_read, path)
    except OSError as error:
        raise RefusedError(Refusal.UNREADABLE, f"{path} can't be read: {error.strerror}") from error
    tally.bytes_read += len(body)
    return Content(body, NO_VALIDATORS)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        # one byte more than is accepted is enough to refuse it
        return file.read(DEFAULT_LIMITS.max_bytes + 1)
