"""A person's correction of a prediction."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from contracts.manifest import Contract, Document, Sha256, Slug
from contracts.models.version import Version

SOURCE = "feedback"
"""The source under which accepted corrections enter a dataset; its images are never used for testing."""


class FeedbackImage(Contract):
    """The photo, kept with consent only, without EXIF."""

    key: str
    """In the store: beside the record until it is accepted, among the images afterwards."""
    sha256: Sha256
    size: Annotated[int, Field(ge=1)]
    width: Annotated[int, Field(ge=1)]
    height: Annotated[int, Field(ge=1)]


class Feedback(Document):
    """One correction; its status is its only field that changes, by conditional put."""

    feedback_id: str
    created_at: AwareDatetime
    model: Slug
    version: Version
    predicted: Slug
    label: Slug | None
    """What the person says it is; None: none of the model's classes."""
    consent: bool
    """Whether the photo may be kept and learned from."""
    image: FeedbackImage | None
    status: Literal["pending", "accepted", "dismissed"] = "pending"
    decided_at: AwareDatetime | None = None
