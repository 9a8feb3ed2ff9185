"""Altered copies: other in place and light, the same in hue."""

import colorsys

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from trainer.network.augment import altered_copies

SKIN = (200, 120, 100)


def hue(rgb: npt.NDArray[np.float64]) -> float:
    return colorsys.rgb_to_hsv(*(rgb / 255))[0] * 360


def halves() -> Image.Image:
    """Left reddish, right brownish."""
    pixels = np.zeros((180, 240, 3), np.uint8)
    pixels[:, :120], pixels[:, 120:] = SKIN, (120, 100, 60)
    return Image.fromarray(pixels)


def copies(picture: Image.Image, count: int) -> list[npt.NDArray[np.uint8]]:
    return altered_copies(picture, "5eed" * 16, count)


def test_copies_have_the_models_size_and_are_decided_by_the_photo_and_their_number_alone() -> None:
    first, second = copies(halves(), 2)
    assert first.shape == (224, 224, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, copies(halves(), 1)[0])
    assert (first != second).any()
    assert (first != altered_copies(halves(), "0" * 64, 1)[0]).any()
    assert copies(halves(), 0) == []


def test_light_changes_but_hue_doesnt() -> None:
    original = np.asarray(halves(), dtype=np.float64)[:, :120].mean(axis=(0, 1))
    for copy in copies(Image.new("RGB", (240, 180), SKIN), 20):
        assert hue(copy.astype(np.float64).mean(axis=(0, 1))) == pytest.approx(hue(original), abs=1.5)


def test_brightness_does_change() -> None:
    picture = Image.new("RGB", (240, 180), SKIN)
    means = [copy.mean() for copy in copies(picture, 20)]
    assert max(means) - min(means) > 10


def test_about_half_of_the_copies_are_mirrored() -> None:
    mirrored = sum(int(copy[112, 40, 0]) < int(copy[112, 184, 0]) for copy in copies(halves(), 60))
    assert 18 <= mirrored <= 42


def test_what_matters_stays_in_the_picture() -> None:
    """A mark in the middle of the photo is never cut off."""
    picture = halves()
    picture.paste((255, 0, 255), (110, 80, 130, 100))
    for copy in copies(picture, 30):
        assert ((copy[..., 2].astype(int) - copy[..., 1]) > 60).sum() > 100
