"""The graph's way from bytes to pixels is `imaging.read_pixels`' way, to one grey level."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imaging import read_pixels
from trainer.export.export import decode_photos
from trainer.network.tensorflow import tf

SIZES = [(224, 224), (150, 100), (300, 260), (449, 448), (640, 480), (2000, 1500)]
FORMATS = [("JPEG", "RGB"), ("PNG", "RGB"), ("JPEG", "L"), ("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "CMYK")]


@pytest.fixture(scope="module")
def decode() -> Callable[[list[bytes]], Any]:
    graph = tf.function(decode_photos, input_signature=[tf.TensorSpec([None], tf.string)])
    return lambda photos: graph(tf.constant(photos)).numpy()


def scene(size: tuple[int, int], mode: str) -> Image.Image:
    """Smooth colours, sharp spots and grain, as in a photo of skin; half transparent where it can be."""
    width, height = size
    y, x = np.meshgrid(np.linspace(0, 1, height), np.linspace(0, 1, width), indexing="ij")
    pixels = np.stack([150 + 90 * x, 120 + 60 * y, 90 + 50 * np.sin(6 * x * y)], axis=-1)
    rng = np.random.default_rng(3)
    for cx, cy in rng.uniform(0.1, 0.9, size=(25, 2)):
        pixels[(x - cx) ** 2 + (y - cy) ** 2 < 0.001] = (190, 40, 50)
    pixels += rng.normal(scale=12, size=pixels.shape)
    picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).convert(mode)
    if mode == "RGBA":
        picture.putalpha(Image.fromarray((255 * x).astype(np.uint8)))
    return picture


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("kind", "mode"), FORMATS)
def test_the_graph_sees_the_same_pixels(
    decode: Callable[[list[bytes]], Any], size: tuple[int, int], kind: str, mode: str
) -> None:
    stream = BytesIO()
    scene(size, mode).save(stream, kind, quality=92)
    photo = stream.getvalue()
    difference = np.abs(decode([photo])[0].astype(int) - read_pixels(photo).astype(int))
    assert difference.max() <= 1


def test_photos_of_different_sizes_fit_into_one_request(decode: Callable[[list[bytes]], Any]) -> None:
    photos = []
    for size, kind in (((300, 200), "JPEG"), ((200, 300), "PNG")):
        stream = BytesIO()
        scene(size, "RGB").save(stream, kind)
        photos.append(stream.getvalue())
    assert decode(photos).shape == (2, 224, 224, 3)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut short"])
def test_bytes_that_are_no_photo_fail_the_request(decode: Callable[[list[bytes]], Any], data: bytes) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode([data])
