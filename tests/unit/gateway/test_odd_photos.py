"""Thirty-odd kinds of picture that no camera makes, each with the right answer: used, or refused with its reason."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable

import httpx
import numpy as np
import pytest
from PIL import Image

from support.photos import encoded, heic, photo, picture, quartered

FINE = (200, "")
DAMAGED = (422, "damaged")
UNKNOWN = (415, "unsupported_format")
TOO_LARGE = (422, "too_many_pixels")
TOO_SMALL = (422, "too_small")
EITHER = (0, "decoders differ in what they forgive")


def png(side: int, *, depth: int = 8, colour: int = 2, data: bytes = b"\0" * 100) -> bytes:
    """A PNG that declares what it likes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def jpeg_of_size(width: int, height: int) -> bytes:
    """A JPEG whose header says another size than its content has."""
    data = bytearray(photo())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def animated(kind: str) -> bytes:
    frames = [picture(), picture((0, 0, 0))]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("photo.jpg", photo())
    return stream.getvalue()


def with_exif(orientation: int) -> bytes:
    image = picture()
    exif = image.getexif()
    exif[0x0112] = orientation
    return encoded(image, exif=exif)


def sixteen_bits(mode: str) -> Image.Image:
    grey = np.asarray(picture().convert("L"), np.uint16) * 257
    return Image.fromarray(grey) if mode == "I;16" else Image.fromarray(grey.astype(np.int32))


KINDS: dict[str, tuple[bytes, tuple[int, str]]] = {
    "nothing at all": (b"", (422, "empty")),
    "one byte": (b"\xff", UNKNOWN),
    "a JPEG's magic bytes": (b"\xff\xd8\xff", UNKNOWN),
    "a JPEG without its end": (photo()[:-200], DAMAGED),
    "a JPEG's header": (photo()[:200], DAMAGED),
    "a JPEG with noise inside": (photo()[:700] + bytes(range(256)) * 2 + photo()[-200:], EITHER),
    "a PNG without its end": (encoded(quartered(), "PNG")[:-60], DAMAGED),
    "a PNG without any content": (encoded(picture(), "PNG").replace(b"IDAT", b"IDAU", 1), UNKNOWN),
    "a WebP without its end": (encoded(quartered(), "WEBP")[:-40], DAMAGED),
    "a bomb of 900 megapixels": (png(30_000), TOO_LARGE),
    "20,000×20,000": (png(20_000), TOO_LARGE),
    "a JPEG that declares 65,535×65,535": (jpeg_of_size(65_535, 65_535), TOO_LARGE),
    "a JPEG that declares more than it has": (jpeg_of_size(2_000, 2_000), EITHER),
    "a picture 60,000 wide": (encoded(picture(size=(60_000, 900)), "PNG"), TOO_LARGE),
    "1×1": (encoded(picture(size=(1, 1)), "PNG"), TOO_SMALL),
    "0×0": (png(0), UNKNOWN),
    "31×500": (encoded(picture(size=(31, 500)), "PNG"), TOO_SMALL),
    "32×5,000": (encoded(picture(size=(32, 5_000)), "PNG"), FINE),
    "a CMYK JPEG": (encoded(picture().convert("CMYK")), FINE),
    "a grey JPEG": (encoded(picture().convert("L")), FINE),
    "a progressive JPEG": (encoded(picture(), progressive=True), FINE),
    "a palette": (encoded(picture().convert("P"), "PNG"), FINE),
    "a palette with transparency": (encoded(picture().convert("P"), "PNG", transparency=0), FINE),
    "black and white": (encoded(picture().convert("1"), "PNG"), FINE),
    "transparency": (encoded(picture().convert("RGBA"), "PNG"), FINE),
    "grey with transparency": (encoded(picture().convert("LA"), "PNG"), FINE),
    "16-bit grey": (encoded(sixteen_bits("I;16"), "PNG"), FINE),
    "an animated PNG": (animated("PNG"), FINE),
    "an animated WebP": (animated("WEBP"), FINE),
    "an animated GIF": (animated("GIF"), UNKNOWN),
    "a TIFF": (encoded(picture(), "TIFF"), UNKNOWN),
    "a BMP": (encoded(picture(), "BMP"), UNKNOWN),
    "an icon": (encoded(picture(size=(64, 64)), "ICO"), UNKNOWN),
    "a PDF": (encoded(picture(), "PDF"), UNKNOWN),
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', UNKNOWN),
    "a web page": (b"<html><body>Not found</body></html>", UNKNOWN),
    "a ZIP": (zipped(), UNKNOWN),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n", UNKNOWN),
    "zeros": (bytes(10_000), UNKNOWN),
    "a JPEG that is a ZIP, too": (photo() + zipped(), FINE),
    "a JPEG with a script behind it": (photo() + b"<script>alert(1)</script>", FINE),
    "a JPEG with a script as its comment": (encoded(picture(), comment=b"<?php system('id'); ?>"), FINE),
    "a JPEG with a broken colour profile": (encoded(picture(), icc_profile=b"no profile"), FINE),
    "a JPEG with an orientation that isn't one": (with_exif(99), FINE),
    "HEIC": (heic(picture()), FINE),
    "HEIC without its end": (heic(picture())[:-100], DAMAGED),
    "a video's first box": (b"\0\0\0\x18ftypmp42" + bytes(100), UNKNOWN),
}


@pytest.mark.parametrize(("data", "expected"), KINDS.values(), ids=KINDS.keys())
def test_an_odd_picture_gets_the_right_answer(http: httpx.Client, data: bytes, expected: tuple[int, str]) -> None:
    raw = http.post("/v1/predict", content=data, headers={"Content-Type": "image/jpeg"})
    form = http.post("/v1/predict", files={"image": data})
    found = [(answer.status_code, answer.json().get("reason", "")) for answer in (raw, form)]
    assert found[0] == found[1]
    assert found[0] in ([FINE, DAMAGED] if expected == EITHER else [expected])


def test_every_orientation_gives_the_same_prediction(http: httpx.Client) -> None:
    stored: Iterable[Image.Transpose | None] = [
        None,
        Image.Transpose.FLIP_LEFT_RIGHT,
        Image.Transpose.ROTATE_180,
        Image.Transpose.FLIP_TOP_BOTTOM,
        Image.Transpose.TRANSPOSE,
        Image.Transpose.ROTATE_90,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_270,
    ]
    answers = []
    for orientation, turn in enumerate(stored, start=1):
        upright = quartered((256, 256))
        image = upright if turn is None else upright.transpose(turn)
        exif = image.getexif()
        exif[0x0112] = orientation
        data = encoded(image, "PNG", exif=exif)
        answers.append(http.post("/v1/predict?explain=true", files={"image": data}).json())
    assert all(answer["top_k"] == answers[0]["top_k"] for answer in answers)
    assert all(answer["heatmap"] == answers[0]["heatmap"] for answer in answers)
