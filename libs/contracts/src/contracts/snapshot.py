"""What one scrape saw."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from contracts.manifest import ClassLabel, Contract, Document, Sha256, Slug


class SnapshotClass(ClassLabel):
    """A class the source was collected for, and the fewest images it may be trained with."""

    minimum_images: Annotated[int, Field(ge=1)]


class SnapshotImage(Contract):
    """One sighting of an image: the same content seen in two galleries stands here twice."""

    sha256: Sha256
    key: str
    size: Annotated[int, Field(ge=1)]
    width: Annotated[int, Field(ge=1)]
    height: Annotated[int, Field(ge=1)]
    label: Slug
    group: str
    """What the source says belongs together (patient, case, page); it never crosses a split."""
    url: str
    page: str | None = None
    licence: str
    skin_tone: Annotated[int, Field(ge=1, le=10)] | None = None
    """Monk scale, where the source records it."""
    fitzpatrick: Annotated[int, Field(ge=1, le=6)] | None = None
    """Fitzpatrick skin type, where the source records it."""
    etag: str | None = None
    last_modified: str | None = None
    fetched_at: AwareDatetime


class RefusedImage(Contract):
    """One image that the source pointed to and that wasn't taken.

    The validators let the next scrape ask whether it has changed, without fetching it again.
    """

    url: str
    page: str | None = None
    label: Slug
    reason: str
    etag: str | None = None
    last_modified: str | None = None


class SnapshotManifest(Document):
    """A source as it stood at one time; written once, when the scrape ended well."""

    source: Slug
    created_at: AwareDatetime
    synthetic: bool
    """True where the images are drawn, not photographed; everything made from them says so."""
    notice: str
    """One sentence about where the images come from, shown to people."""
    classes: Annotated[tuple[SnapshotClass, ...], Field(min_length=1)]
    images: tuple[SnapshotImage, ...]
    refused: dict[str, int]
    """How many were refused, by reason."""
    refusals: tuple[RefusedImage, ...] = ()
    """Which they were."""
