"""Checking a photo by decoding it, with known memory and nothing kept."""

from io import BytesIO

import pytest
from PIL import Image

from imaging import ImageRefusedError, Reason, decoding_bytes, require_decodable
from support.photos import heic

SIDE = 1000


def encoded(kind: str, **options: object) -> bytes:
    if kind == "HEIF":
        return heic(Image.effect_noise((SIDE, SIDE), 80).convert("RGB"))
    out = BytesIO()
    Image.effect_noise((SIDE, SIDE), 80).convert("RGB").save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_whole_picture_passes_and_one_that_ends_early_doesnt(kind: str) -> None:
    data = encoded(kind)
    require_decodable(data, at_least_px=224)
    with pytest.raises(ImageRefusedError) as refused:
        require_decodable(data[: len(data) * 2 // 3], at_least_px=224)
    assert refused.value.reason == Reason.DAMAGED


@pytest.mark.parametrize(
    ("data", "bytes_per_pixel"),
    [
        (encoded("PNG"), 4),
        (encoded("WEBP"), 10),
        (encoded("HEIF"), 6),
        (encoded("JPEG"), 4 / 16),  # at a quarter of each side
        (encoded("JPEG", progressive=True, subsampling="4:2:0"), 4 / 16 + 3),
        (encoded("JPEG", progressive=True, subsampling="4:4:4"), 4 / 16 + 6),
    ],
)
def test_what_decoding_takes_is_known_from_the_header(data: bytes, bytes_per_pixel: float) -> None:
    needed = decoding_bytes(data, at_least_px=224)
    assert needed == pytest.approx(SIDE * SIDE * bytes_per_pixel, rel=0.05)
