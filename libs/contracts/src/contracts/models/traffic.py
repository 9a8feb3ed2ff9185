"""How much of a model's traffic its candidate sees; changed at run time, read by every gateway."""

from enum import StrEnum

from contracts.manifest import Document, Fraction


class TrafficMode(StrEnum):
    """What the candidate does with its share."""

    OFF = "off"
    SPLIT = "split"
    """It answers."""
    SHADOW = "shadow"
    """Production answers; how often the candidate would have said something else is counted."""


class Traffic(Document):
    """The rules of one model."""

    mode: TrafficMode = TrafficMode.OFF
    share: Fraction = 0.0
    """Of the photos; which ones is decided by their content, so that a photo always meets the same version."""
