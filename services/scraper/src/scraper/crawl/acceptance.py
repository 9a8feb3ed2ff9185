"""Which bytes become an image of ours. The content decides; what a server says about it doesn't matter."""

import hashlib
from dataclasses import dataclass

import imaging
from contracts import keys
from imaging import INPUT_SIDE_PX, ImageFacts, ImageRefusedError, Reason
from scraper.crawl.memory import DECODING_BYTES
from scraper.errors import Refusal, RefusedError
from scraper.http.caching import NO_VALIDATORS, Validators

HTML_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body")
SVG_STARTS = (b"<svg", b"<?xml", b"<!doctype svg")
ARCHIVE_STARTS = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")


@dataclass(frozen=True, slots=True)
class AcceptedImage:
    """An image that the trainer will be able to read."""

    sha256: str
    key: str
    """Where it belongs in the store."""
    size: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Plan:
    facts: ImageFacts
    decoding_bytes: int


def plan(body: bytes, validators: Validators = NO_VALIDATORS) -> Plan:
    """Look at the first bytes and the header; nothing is decoded.

    Raises RefusedError if it is no picture of an accepted format, or one too large to be decoded; it carries
    `validators`, so that the refusal can be remembered.
    """
    start = body[:256].lstrip().lower()
    for reason, starts, what in (
        (Refusal.HTML, HTML_STARTS, "a web page"),
        (Refusal.SVG, SVG_STARTS, "a drawing in SVG or other XML"),
    ):
        if start.startswith(starts):
            raise RefusedError(reason, f"this is {what}, not a photo", validators)
    if body.startswith(ARCHIVE_STARTS):
        raise RefusedError(Refusal.ARCHIVE, "this is an archive, not a photo", validators)
    try:
        facts = imaging.inspect(body)
        needed = imaging.decoding_bytes(body, at_least_px=INPUT_SIDE_PX)
    except ImageRefusedError as error:
        raise RefusedError(error.reason, str(error), validators) from error
    if needed > DECODING_BYTES:
        msg = (
            f"decoding {facts.width}x{facts.height} pixels of this kind takes {needed / 2**20:.0f} MB; "
            f"at most {DECODING_BYTES / 2**20:.0f} are taken"
        )
        raise RefusedError(Reason.TOO_MANY_PIXELS, msg, validators)
    return Plan(facts, needed)


def accept(body: bytes, planned: Plan, validators: Validators = NO_VALIDATORS) -> AcceptedImage:
    """Check an image by decoding all of it, as the trainer will; raises RefusedError if it is damaged."""
    try:
        imaging.require_decodable(body, at_least_px=INPUT_SIDE_PX)
    except ImageRefusedError as error:
        raise RefusedError(error.reason, str(error), validators) from error
    facts = planned.facts
    digest = hashlib.sha256(body).hexdigest()
    return AcceptedImage(digest, keys.image(digest, facts.suffix), len(body), facts.width, facts.height)
