"""What is wrong with the sample site, on purpose: the troubles that real atlases give a scraper and a trainer."""

from enum import StrEnum


class Dirt(StrEnum):
    """One kind of trouble; `Atlas.entries` says where each stands."""

    DUPLICATE_SAME_LABEL = "duplicate_same_label"
    """The same bytes again under another name and case, in a gallery that feeds the same class."""
    DUPLICATE_OTHER_LABEL = "duplicate_other_label"
    """The same bytes again under another name and case, in a gallery of another class."""
    TWO_LABELS = "two_labels"
    """The same address, linked from galleries of two classes."""
    NEAR_DUPLICATE = "near_duplicate"
    """A photo made smaller and encoded again, filed as a case of its own in the same class."""
    TRUNCATED = "truncated"
    """A JPEG that ends early; Content-Length is that of what is sent."""
    HTML = "html"
    """An error page under a picture's name, with status 200 and a picture's content type."""
    HUGE = "huge"
    """A few kilobytes that declare more pixels than `imaging.DEFAULT_LIMITS` accepts."""
    MISSING = "missing"
    """A thumbnail whose full image answers 404."""
    REDIRECT = "redirect"
    """The full image has moved: 302 to another path of this site, where it is a good picture."""
    DISALLOWED = "disallowed"
    """A good picture under a path that robots.txt forbids."""

    @property
    def usable(self) -> bool:
        return self not in {Dirt.TRUNCATED, Dirt.HTML, Dirt.HUGE, Dirt.MISSING, Dirt.DISALLOWED}


COPIES = (Dirt.DUPLICATE_SAME_LABEL, Dirt.DUPLICATE_OTHER_LABEL, Dirt.TWO_LABELS, Dirt.NEAR_DUPLICATE)
"""Kinds that show a good photo a second time."""

EXTRAS = (Dirt.TRUNCATED, Dirt.HTML, Dirt.HUGE, Dirt.MISSING, Dirt.REDIRECT, Dirt.DISALLOWED)
"""Kinds that befall a shot of their own, so that they take no good photo away."""
