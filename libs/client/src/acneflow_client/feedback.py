"""Corrections of past predictions."""

from typing import Literal

from pydantic import AwareDatetime

from acneflow_client.answers import Answer

FeedbackStatus = Literal["pending", "accepted", "dismissed"]


class FeedbackReceipt(Answer):
    """What became of a correction."""

    feedback_id: str
    status: FeedbackStatus
    image_kept: bool
    sentence: str
    """For the person who gave it."""


class FeedbackImage(Answer):
    """The photo that was kept with a correction."""

    sha256: str
    size: int
    width: int
    height: int


class FeedbackItem(Answer):
    """One correction, as an admin sees it."""

    feedback_id: str
    created_at: AwareDatetime
    model: str
    version: int
    predicted: str
    label: str | None
    """What the person says it is; None: none of the model's classes."""
    consent: bool
    image: FeedbackImage | None
    """None without consent, or once the correction was dismissed."""
    status: FeedbackStatus
    decided_at: AwareDatetime | None


class FeedbackPage(Answer):
    """Corrections, newest first."""

    items: tuple[FeedbackItem, ...]
    next: str | None
    """Where the next page begins; None after the last."""
