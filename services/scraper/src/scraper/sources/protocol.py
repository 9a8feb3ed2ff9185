"""What a source is. Adding one takes a class with these members and an entry in `catalogue`."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from contracts.snapshot import RefusedImage, SnapshotClass, SnapshotImage
from scraper.validators import Validators


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a source whose images all have one label."""

    label: str
    address: str
    """As the source reads it: a gallery's URL, a folder's path."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is to collect."""

    classes: tuple[SnapshotClass, ...]
    sections: tuple[Section, ...]
    left_out: tuple[str, ...]
    """What the source also has and isn't collected, in words."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image that a source points to, before anybody has looked at it."""

    url: str
    page: str | None
    label: str
    group: str
    licence: str
    skin_tone: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """An image's bytes, and by what they are known again."""

    body: bytes
    validators: Validators


Found = Candidate | RefusedImage
"""What is recognisably no image comes as refused."""


class Source(Protocol):
    """Finds images and reads them. It judges none: `admission` does, for all sources alike."""

    @property
    def name(self) -> str:
        """Its folder in the store."""
        ...

    @property
    def synthetic(self) -> bool:
        """Whether its images are drawn."""
        ...

    @property
    def notice(self) -> str:
        """One sentence for people about where the images come from."""
        ...

    async def survey(self) -> Survey:
        """Look at what there is.

        Raises:
            StepError: if it isn't a source as this class knows it.
        """
        ...

    def images(self, section: Section) -> AsyncGenerator[Found, None]:
        """The images of one section."""
        ...

    async def read(self, url: str, known: Validators | None) -> Content | None:
        """An image's bytes; None if it is still what `known` stands for.

        Raises:
            RefusedError: if it can't be had.
        """
        ...

    def should_still_have(self, image: SnapshotImage) -> bool:
        """Whether an image of an earlier snapshot is one that this source, as it is set up now, would collect."""
        ...
