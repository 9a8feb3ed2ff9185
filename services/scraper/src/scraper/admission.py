"""Which bytes become an image of ours. The content decides; what a server says about it doesn't matter."""

import hashlib
from dataclasses import dataclass

from contracts import keys
from imaging import INPUT_SIDE_PX, ImageRefusedError, inspect, upright_rgb
from scraper.errors import Refusal, RefusedError
from scraper.validators import NO_VALIDATORS, Validators

HTML_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body")


@dataclass(frozen=True, slots=True)
class Admitted:
    """An image that the trainer will be able to read."""

    sha256: str
    key: str
    """Where it belongs in the store."""
    size: int
    width: int
    height: int


def admit(body: bytes, validators: Validators = NO_VALIDATORS) -> Admitted:
    """Check an image by decoding all of it, as the trainer will.

    Raises:
        RefusedError: if it is no usable image; it carries `validators`, so that the refusal can be remembered.
    """
    if body[:256].lstrip().lower().startswith(HTML_STARTS):
        raise RefusedError(Refusal.HTML, "this is a web page, not an image", validators)
    try:
        facts = inspect(body)
        upright_rgb(body, at_least_px=INPUT_SIDE_PX)
    except ImageRefusedError as error:
        raise RefusedError(error.reason, str(error), validators) from error
    digest = hashlib.sha256(body).hexdigest()
    return Admitted(digest, keys.image(digest, facts.suffix), len(body), facts.width, facts.height)
