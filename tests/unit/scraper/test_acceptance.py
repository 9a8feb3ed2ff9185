"""Which bytes become an image."""

import hashlib
from io import BytesIO

import pytest
from PIL import Image

from imaging import Reason
from scraper.crawl.acceptance import AcceptedImage, plan
from scraper.crawl.acceptance import accept as accept_planned
from scraper.errors import Refusal, RefusedError
from scraper.http.caching import NO_VALIDATORS, Validators
from support.photos import heic


def encoded(kind: str, size: tuple[int, int] = (80, 60), mode: str = "RGB") -> bytes:
    image = Image.effect_noise(size, 60).convert(mode)
    if kind == "HEIF":
        return heic(image)
    out = BytesIO()
    image.save(out, kind)
    return out.getvalue()


def accept(body: bytes, validators: Validators = NO_VALIDATORS) -> AcceptedImage:
    return accept_planned(body, plan(body, validators), validators)


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("HEIF", "heic")])
def test_an_image_is_named_by_its_content(kind: str, suffix: str) -> None:
    body = encoded(kind)
    image = accept(body)
    digest = hashlib.sha256(body).hexdigest()
    assert (image.sha256, image.key) == (digest, f"images/{digest[:2]}/{digest}.{suffix}")
    assert (image.size, image.width, image.height) == (len(body), 80, 60)


def test_a_png_with_transparency_is_an_image() -> None:
    assert accept(encoded("PNG", mode="RGBA")).key.endswith(".png")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"\n <!DOCTYPE html><title>500</title>", Refusal.HTML),
        (b"<HTML><body>moved", Refusal.HTML),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Refusal.SVG),
        (b"<?xml version='1.0'?><svg/>", Refusal.SVG),
        (b"PK\x03\x04 an archive", Refusal.ARCHIVE),
        (b"\x1f\x8b\x08 gzip", Refusal.ARCHIVE),
        (encoded("GIF"), Reason.UNSUPPORTED_FORMAT),
        (encoded("PNG", (20, 20)), Reason.TOO_SMALL),
        (encoded("JPEG")[:-200], Reason.DAMAGED),
        (encoded("PNG")[:-2000], Reason.DAMAGED),
    ],
)
def test_what_is_none_is_refused_by_name_and_remembered(body: bytes, reason: str) -> None:
    validators = Validators(etag='"1"')
    with pytest.raises(RefusedError) as refused:
        accept(body, validators)
    assert (refused.value.reason, refused.value.validators) == (reason, validators)
