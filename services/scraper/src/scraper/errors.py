"""What can go wrong in a scrape.

StepError (contracts.steps)
├── SiteUnavailableError    exit 1: the site is down or wants to be left alone; try again later
│   └── HostDownError       one host is; a source of many sites goes on without it
├── BudgetSpentError        exit 1: as many pages, bytes or minutes as were allowed; the next run goes on
├── AnotherScraperError     exit 1: somebody else scrapes this source at the same time
├── StateUnusableError      exit 1: the state can't be written or read on this machine
└── InvalidInputError       exit 2: bad settings or input
    └── SiteChangedError    exit 2: the site isn't what it was; a person must look before anything is learnt from it

RefusedError, TryLaterError and HostBusyError are no step's errors: one image wasn't taken, or not yet, and the run
goes on.
"""

from enum import StrEnum

from contracts.steps import InvalidInputError, StepError
from scraper.http.caching import NO_VALIDATORS, Validators


class SiteUnavailableError(StepError):
    """The site doesn't answer as it should; nothing is wrong with the settings."""


class HostDownError(SiteUnavailableError):
    """A host failed again and again, or its robots.txt can't be had."""


class BudgetSpentError(StepError):
    """The run has used up what it was allowed; what it did isn't lost, and nothing was published."""


class AnotherScraperError(StepError):
    """The source's state is being written by another run."""


class StateUnusableError(StepError):
    """The disk is full, read-only or faulty where the state of the scrape lies."""


class SiteChangedError(InvalidInputError):
    """The source has lost its structure or much of its content; the last snapshot stays the last."""


class Refusal(StrEnum):
    """Why an image wasn't taken, besides what `imaging.Reason` and `http_<status>` say."""

    HTML = "html"
    """A web page under an image's address."""
    SVG = "svg"
    """A drawing, which can hold scripts, or other XML."""
    ARCHIVE = "archive"
    CONTENT_TYPE = "content_type"
    """Its server calls it something else than an image."""
    TOO_SLOW = "too_slow"
    NETWORK = "network"
    """No connection, or one that broke off each time."""
    ROBOTS = "robots"
    """robots.txt forbids its address."""
    NO_AI = "x_robots_tag"
    """It came with an X-Robots-Tag that forbids indexing or training."""
    ADDRESS = "address"
    """It redirects to somewhere that isn't fetched from."""
    REDIRECTS = "redirects"
    ENCODED = "encoded"
    """Its bytes came compressed, unasked."""
    HOST_DOWN = "host_down"
    """Its host, one of many, was given up."""
    NO_IMAGE_LINK = "no_image_link"
    """A thumbnail that shows no picture of the structure that is known."""
    UNREADABLE = "unreadable"
    """A file that the operating system doesn't let us read."""


class RefusedError(Exception):
    """One image isn't taken; `reason` is for counting, the message for a person."""

    def __init__(self, reason: str, message: str, validators: Validators = NO_VALIDATORS) -> None:
        super().__init__(message)
        self.reason = reason
        self.validators = validators


class TryLaterError(Exception):
    """One request failed in a way that may pass; `refusal` is what to count the image as if it doesn't."""

    def __init__(self, refusal: RefusedError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class HostBusyError(Exception):
    """Nothing was asked, since the host wants to be left alone for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"to be left alone for {seconds:.1f} s")
        self.seconds = seconds
