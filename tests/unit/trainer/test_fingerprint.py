"""Which pictures count as alike."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from imaging import ImageRefusedError
from trainer.lookalikes.fingerprint import fingerprint
from trainer.lookalikes.near_duplicates import near_pairs


def encoded(picture: Image.Image, kind: str = "JPEG", quality: int = 92) -> bytes:
    stream = BytesIO()
    picture.save(stream, kind, quality=quality)
    return stream.getvalue()


def scene(seed: int) -> Image.Image:
    """A picture with structure."""
    blobs = np.random.default_rng(seed).integers(0, 256, size=(6, 8, 3), dtype=np.uint8)
    return Image.fromarray(blobs).resize((480, 360), Image.Resampling.BICUBIC)


def even_skin(seed: int, spots: int = 14) -> Image.Image:
    """A picture with hardly any: one tone, a few faint spots."""
    rng = np.random.default_rng(seed)
    skin: npt.NDArray[np.uint8] = np.full((360, 480, 3), (140, 100, 80), np.uint8)
    for y, x in zip(rng.integers(10, 350, spots), rng.integers(10, 470, spots), strict=True):
        skin[y - 8 : y + 8, x - 8 : x + 8] = (150, 80, 70)
    return Image.fromarray(skin)


def alike(one: bytes, other: bytes) -> bool:
    return near_pairs([fingerprint(one), fingerprint(other)]) == [(0, 1)]


@pytest.mark.parametrize("draw", [scene, even_skin])
def test_a_smaller_and_rougher_copy_is_alike(draw: Callable[[int], Image.Image]) -> None:
    for seed in range(10):
        picture = draw(seed)
        smaller = picture.resize((408, 306), Image.Resampling.BICUBIC)
        assert alike(encoded(picture), encoded(smaller, quality=70))
        assert alike(encoded(picture), encoded(smaller, kind="PNG"))


@pytest.mark.parametrize("draw", [scene, even_skin])
def test_other_pictures_arent_alike(draw: Callable[[int], Image.Image]) -> None:
    prints = [fingerprint(encoded(draw(seed))) for seed in range(40)]
    assert near_pairs(prints) == []


def test_light_doesnt_matter() -> None:
    picture = scene(1)
    assert alike(encoded(picture), encoded(picture.point(lambda value: value * 0.7 + 20)))


def test_what_cant_be_decoded_is_refused() -> None:
    with pytest.raises(ImageRefusedError):
        fingerprint(encoded(scene(1))[:2000])
