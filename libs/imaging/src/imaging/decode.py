"""Decoding a photo from outside: size and pixel caps before any pixel is decoded, then upright sRGB.

Never trusts a header further than it must: the format is taken from the content, the declared size is checked
before memory is taken for it, and every way in which Pillow fails on bad bytes becomes `ImageRefusedError`.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from imaging import formats
from imaging.heic import declared_pixels, decode_heic, is_heic, open_heic
from imaging.limits import DEFAULT_LIMITS, INPUT_SIDE_PX, ImageFacts, ImageRefusedError, Limits, Reason
from imaging.pixels import Pixels

SUFFIXES = {each.pillow_name: each.suffix for each in formats.FORMATS}
BY_PILLOW = tuple(name for name in SUFFIXES if name != "HEIF")
BYTES_PER_PIXEL = {"PNG": 4, "WEBP": 10, "HEIF": 6}
MAX_REDUCTION = 8
"""As far as libjpeg shrinks a picture while it decodes."""
DAMAGES = (OSError, SyntaxError, ValueError, EOFError, MemoryError, RuntimeError, Image.DecompressionBombError)
"""How decoders fail on bad bytes."""

# Pillow warns of pictures larger than its own limit, which ours is below, and of oddities in a header. Filters are
# one list for all threads, so this is said once and never changed while pictures are decoded.
warnings.filterwarnings("ignore", module=r"PIL\.")


def inspect(data: bytes, limits: Limits = DEFAULT_LIMITS) -> ImageFacts:
    """Check a picture's bytes and header without decoding it; raises ImageRefusedError."""
    with _open(data, limits) as image:
        return ImageFacts(SUFFIXES[str(image.format)], image.width, image.height)


def require_decodable(data: bytes, limits: Limits = DEFAULT_LIMITS, *, at_least_px: int | None = None) -> None:
    """Decode a photo in full and keep nothing of it, with no more memory than the decoder itself takes.

    Arguments and errors are those of `upright_rgb`.
    """
    with _open(data, limits) as image, _refuse_damage():
        if image.format == "HEIF":
            decode_heic(data)
        else:
            _load(image, at_least_px)


def decoding_bytes(data: bytes, limits: Limits = DEFAULT_LIMITS, *, at_least_px: int | None = None) -> int:
    """How much memory `require_decodable` will take at most, in bytes, as the header tells.

    Pillow holds a pixel in 4 bytes. Its WebP decoder holds the picture twice, with borders. libjpeg shrinks while it
    decodes, but keeps all coefficients of a progressive JPEG, in 2 bytes each. libheif has
    the picture as YUV and as RGB.
    """
    with _open(data, limits) as image:
        pixels = image.width * image.height
        if image.format != "JPEG":
            return pixels * BYTES_PER_PIXEL[str(image.format)]
        coefficients = 2 * pixels * _coefficients_per_pixel(image) if image.info.get("progressive") else 0.0
        if at_least_px is not None:
            image.draft("RGB", (at_least_px, at_least_px))
        return image.width * image.height * 4 + int(coefficients)


def upright_rgb(data: bytes, limits: Limits = DEFAULT_LIMITS, *, at_least_px: int | None = None) -> Image.Image:
    """Decode a photo as a person sees it: upright, sRGB, transparency over white.

    A JPEG or HEIC may come at a reduced scale whose sides are still `at_least_px`; for a JPEG that spares most of the
    decoding (DCT scaling). Raises ImageRefusedError as `inspect` does, and if the content is damaged or cut short.
    """
    with _open(data, limits) as image, _refuse_damage():
        _load(image, at_least_px)
        loaded: Image.Image = image
        if image.format == "HEIF" and at_least_px is not None:
            loaded = image.reduce(max(1, min(MAX_REDUCTION, min(image.size) // at_least_px)))
        # each copy of a picture costs as much as a fifth of its decoding, so there is none where nothing is to do
        ImageOps.exif_transpose(loaded, in_place=True)
        return _flatten(_to_srgb(loaded))


def to_pixels(image: Image.Image) -> Pixels:
    """Scale an upright RGB picture to the model's input, uint8 [224, 224, 3], antialiased, sides independently."""
    small = image.resize((INPUT_SIDE_PX, INPUT_SIDE_PX), Image.Resampling.BILINEAR, reducing_gap=None)
    return np.asarray(small, dtype=np.uint8)


def read_pixels(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Pixels:
    """The bytes of a photo as the pixels a model sees, uint8 [224, 224, 3]; raises as `upright_rgb`."""
    return to_pixels(upright_rgb(data, limits, at_least_px=INPUT_SIDE_PX))


def _open(data: bytes, limits: Limits) -> Image.Image:
    if not data:
        raise ImageRefusedError(Reason.EMPTY, "the file is empty")
    if len(data) > limits.max_bytes:
        message = f"the file has {len(data):,} bytes; at most {limits.max_bytes:,} are accepted"
        raise ImageRefusedError(Reason.TOO_MANY_BYTES, message)
    image = _identify(data)
    pixels = max(image.width * image.height, declared_pixels(data) if image.format == "HEIF" else 0)
    if pixels > limits.max_pixels:
        message = f"the picture has {image.width}x{image.height} pixels; at most {limits.max_pixels:,} are accepted"
        raise ImageRefusedError(Reason.TOO_MANY_PIXELS, message)
    if min(image.size) < limits.min_side_px:
        message = f"the picture has {image.width}x{image.height} pixels; each side needs {limits.min_side_px} or more"
        raise ImageRefusedError(Reason.TOO_SMALL, message)
    return image


def _load(image: Image.Image, at_least_px: int | None) -> None:
    if at_least_px is not None:
        image.draft("RGB", (at_least_px, at_least_px))
    image.load()


@contextmanager
def _refuse_damage() -> Iterator[None]:
    try:
        yield
    except DAMAGES as error:
        raise ImageRefusedError(Reason.DAMAGED, "the picture is damaged or cut short; save it again") from error


def _coefficients_per_pixel(image: Image.Image) -> float:
    """1.5 with colour at half the resolution (4:2:0), 3 with colour in full (4:4:4)."""
    layers: list[tuple[int, int, int, int]] = getattr(image, "layer", [])
    sampling = [(h, v) for _, h, v, _ in layers] or [(1, 1)] * 3
    largest = max(h for h, _ in sampling) * max(v for _, v in sampling)
    return sum(h * v for h, v in sampling) / largest


def _identify(data: bytes) -> Image.Image:
    try:
        return open_heic(data) if is_heic(data) else Image.open(BytesIO(data), formats=BY_PILLOW)
    except UnidentifiedImageError as error:
        raise ImageRefusedError(Reason.UNSUPPORTED_FORMAT, f"this is no {formats.NAMES} picture") from error
    except Image.DecompressionBombError as error:
        message = f"the picture declares more pixels than the {DEFAULT_LIMITS.max_pixels:,} that are accepted"
        raise ImageRefusedError(Reason.TOO_MANY_PIXELS, message) from error
    except (*DAMAGES, OverflowError) as error:
        raise ImageRefusedError(Reason.DAMAGED, "the picture's header is damaged; save it again") from error


def _to_srgb(image: Image.Image) -> Image.Image:
    """Apply an embedded colour profile; one that can't be read or doesn't fit is passed over, as browsers do."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        return image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        target_mode = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=target_mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return image if converted is None else converted


def _flatten(image: Image.Image) -> Image.Image:
    if image.mode in {"I;16", "I;16B", "I;16L", "I", "F"}:
        # Pillow's own conversion clips 16-bit greys to white
        grey = np.asarray(image, dtype=np.float32)
        image = Image.fromarray((grey / 256.0).clip(0, 255).astype(np.uint8))
    if image.mode in {"RGBA", "RGBa", "LA", "PA"} or "transparency" in image.info:
        rgba = image.convert("RGBA")
        background = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(background, rgba).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")
