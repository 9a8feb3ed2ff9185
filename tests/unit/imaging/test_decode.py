"""Bytes from anywhere become pixels or a reason; nothing else."""

import struct
import warnings
from contextlib import suppress
from io import BytesIO

import numpy as np
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from imaging import (
    ImageRefusedError,
    Limits,
    Reason,
    formats,
    golden_pixels,
    inspect,
    mean_luma,
    read_pixels,
    upright_rgb,
)
from support.photos import heic

RED, BLUE, WHITE = (200, 30, 40), (20, 40, 210), (255, 255, 255)
ORIENTATION = 0x0112


def _picture(size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Left half red, right half blue, a white bar along the top."""
    image = Image.new("RGB", size, RED)
    width, height = size
    image.paste(BLUE, (width // 2, 0, width, height))
    image.paste(WHITE, (0, 0, width, height // 8))
    return image


def _encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    if kind == "HEIF":
        return heic(image, **options)
    stream = BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _is_as_drawn(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], tolerance: int = 12) -> bool:
    spots = {(10, 112): WHITE, (150, 40): RED, (150, 180): BLUE}
    return all(np.abs(pixels[spot].astype(int) - np.array(colour)).max() <= tolerance for spot, colour in spots.items())


@pytest.mark.parametrize("kind", formats.FORMATS, ids=lambda kind: kind.name)
def test_each_format_gives_the_same_picture(kind: formats.PhotoFormat) -> None:
    data = _encoded(_picture(), kind.pillow_name)
    pixels = read_pixels(data)
    assert pixels.shape == (224, 224, 3)
    assert pixels.dtype == np.uint8
    assert _is_as_drawn(pixels)
    assert inspect(data).suffix == kind.suffix


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_upright(orientation: int) -> None:
    turned = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    image = _picture() if turned is None else _picture().transpose(turned)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    assert _is_as_drawn(read_pixels(_encoded(image, exif=exif)))


def test_transparency_stands_on_white() -> None:
    image = _picture().convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 640, 60))
    assert _is_as_drawn(read_pixels(_encoded(image, "PNG")))


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "I;16"])
def test_grey_and_palette_pictures_are_rgb_in_the_end(mode: str) -> None:
    grey = _picture().convert("L")
    wide = Image.fromarray(np.asarray(grey, dtype=np.uint16) * 256)
    image = wide if mode == "I;16" else grey.convert(mode)
    pixels = read_pixels(_encoded(image, "PNG"))
    assert pixels.shape == (224, 224, 3)
    assert pixels[10, 112].min() > 240, "the white bar stays white"
    assert pixels[150, 40].max() < 255 if mode != "1" else True


def test_a_cmyk_jpeg_keeps_its_colours() -> None:
    assert _is_as_drawn(read_pixels(_encoded(_picture().convert("CMYK"))), tolerance=40)


def test_an_embedded_profile_is_applied() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    red, blue = (tuple(read_pixels(_encoded(_picture(), icc_profile=swapped))[150, x]) for x in (40, 180))
    assert red[2] > 150 > red[0], "with red and blue primaries swapped, the red half is blue"
    assert blue[0] > 150 > blue[2]


def test_a_damaged_profile_is_passed_over() -> None:
    assert _is_as_drawn(read_pixels(_encoded(_picture(), icc_profile=b"no profile at all")))


def test_a_large_jpeg_is_decoded_at_a_reduced_scale_to_the_same_picture() -> None:
    data = _encoded(_picture((4000, 3000)))
    assert upright_rgb(data, at_least_px=224).size == (500, 375)
    assert upright_rgb(data).size == (4000, 3000)
    assert _is_as_drawn(read_pixels(data))


def test_a_large_heic_comes_at_a_reduced_scale_upright_and_in_srgb() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    file = pillow_heif.from_pillow(_picture((1200, 900)).transpose(Image.Transpose.ROTATE_90))
    file.info.update(exif=exif.tobytes(), icc_profile=srgb)
    stream = BytesIO()
    file.save(stream, quality=95)
    data = stream.getvalue()
    assert b"irot" in data
    assert upright_rgb(data, at_least_px=224).size == (300, 225)
    assert upright_rgb(data).size == (1200, 900)
    assert _is_as_drawn(read_pixels(data))


def test_a_heic_that_declares_less_than_it_has_is_refused_before_it_is_decoded() -> None:
    data = bytearray(_encoded(Image.new("RGB", (2000, 2000)), "HEIF"))
    at = data.index(b"ispe") + 8
    data[at : at + 8] = struct.pack(">II", 64, 64)
    with pytest.raises(ImageRefusedError) as refusal:
        upright_rgb(bytes(data), Limits(max_pixels=10_000))
    assert refusal.value.reason is Reason.DAMAGED


def test_every_picture_in_a_heic_keeps_to_the_cap() -> None:
    file = pillow_heif.from_pillow(_picture((64, 48)))
    file.add_from_pillow(_picture((2000, 1500)))
    stream = BytesIO()
    file.save(stream, primary_index=0)
    assert upright_rgb(stream.getvalue()).size == (64, 48)
    with pytest.raises(ImageRefusedError) as refusal:
        inspect(stream.getvalue(), Limits(max_pixels=1_000_000))
    assert refusal.value.reason is Reason.TOO_MANY_PIXELS


def test_what_a_picture_s_header_says_oddly_changes_no_warning_filter() -> None:
    before = list(warnings.filters)
    with pytest.raises(ImageRefusedError):
        inspect(_encoded(Image.new("1", (10_000, 9_000)), "PNG"))
    assert warnings.filters == before


def test_mean_luma_weighs_the_channels() -> None:
    assert mean_luma(np.full((300, 200, 3), 77, np.uint8)) == pytest.approx(77)
    assert mean_luma(np.full((224, 224, 3), (255, 0, 0), np.uint8)) == pytest.approx(0.299 * 255)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"<html><body>not found</body></html>", Reason.UNSUPPORTED_FORMAT),
        (b"%PDF-1.7", Reason.UNSUPPORTED_FORMAT),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', Reason.UNSUPPORTED_FORMAT),
        (_encoded(_picture(), "GIF"), Reason.UNSUPPORTED_FORMAT),
        (_encoded(_picture())[:2000], Reason.DAMAGED),
        (_encoded(_picture(), "PNG")[:-200], Reason.DAMAGED),
        (_encoded(_picture(), "HEIF")[:-200], Reason.DAMAGED),
        (_encoded(_picture(), "HEIF")[:60], Reason.DAMAGED),
        (_encoded(Image.new("RGB", (8_000, 7_000)), "HEIF"), Reason.TOO_MANY_PIXELS),
        (_encoded(_picture((31, 400)), "HEIF"), Reason.TOO_SMALL),
        (_encoded(_picture((31, 400))), Reason.TOO_SMALL),
        (_encoded(Image.new("1", (20_000, 20_000)), "PNG"), Reason.TOO_MANY_PIXELS),
        (_encoded(Image.new("1", (9_000, 9_000)), "PNG"), Reason.TOO_MANY_PIXELS),
    ],
)
def test_what_can_t_be_used_is_refused_with_its_reason(data: bytes, reason: Reason) -> None:
    with pytest.raises(ImageRefusedError) as refusal:
        read_pixels(data)
    assert refusal.value.reason is reason


def test_the_byte_cap_holds_before_anything_is_read() -> None:
    with pytest.raises(ImageRefusedError, match="at most 1,000 are accepted"):
        read_pixels(_encoded(_picture()), Limits(max_bytes=1000))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    position=st.integers(0, 3000),
    junk=st.binary(min_size=1, max_size=64),
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "HEIF"]),
)
def test_damage_anywhere_gives_pixels_or_a_reason(position: int, junk: bytes, kind: str) -> None:
    data = bytearray(_encoded(_picture((160, 120)), kind))
    at = position % len(data)
    data[at : at + len(junk)] = junk
    with suppress(ImageRefusedError):
        assert read_pixels(bytes(data), Limits(max_pixels=10_000_000)).shape == (224, 224, 3)


def test_golden_pixels_never_change() -> None:
    pixels = golden_pixels()
    assert pixels.shape == (4, 224, 224, 3)
    assert [int(picture.astype(np.int64).sum()) for picture in pixels] == [19267584, 19192320, 19190790, 19654558]
