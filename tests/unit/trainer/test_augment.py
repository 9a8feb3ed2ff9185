"""Altered copies: other in place and light, the same in hue."""

import colorsys

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from trainer.augment import altered

SKIN = (200, 120, 100)


def hue(rgb: npt.NDArray[np.float64]) -> float:
    return colorsys.rgb_to_hsv(*(rgb / 255))[0] * 360


def halves() -> Image.Image:
    """Left reddish, right brownish."""
    pixels = np.zeros((180, 240, 3), np.uint8)
    pixels[:, :120], pixels[:, 120:] = SKIN, (120, 100, 60)
    return Image.fromarray(pixels)


def test_a_copy_has_the_models_size_and_is_decided_by_its_seed_alone() -> None:
    copy = altered(halves(), np.random.default_rng(1))
    assert copy.shape == (224, 224, 3)
    assert copy.dtype == np.uint8
    np.testing.assert_array_equal(copy, altered(halves(), np.random.default_rng(1)))
    assert (copy != altered(halves(), np.random.default_rng(2))).any()


@pytest.mark.parametrize("seed", range(20))
def test_light_changes_but_hue_doesnt(seed: int) -> None:
    original = np.asarray(halves(), dtype=np.float64)[:, :120].mean(axis=(0, 1))
    copy = altered(Image.new("RGB", (240, 180), SKIN), np.random.default_rng(seed)).astype(np.float64)
    assert hue(copy.mean(axis=(0, 1))) == pytest.approx(hue(original), abs=1.5)


def test_brightness_does_change() -> None:
    picture = Image.new("RGB", (240, 180), SKIN)
    means = [altered(picture, np.random.default_rng(seed)).mean() for seed in range(20)]
    assert max(means) - min(means) > 10


def test_about_half_of_the_copies_are_mirrored() -> None:
    copies = [altered(halves(), np.random.default_rng(seed)).astype(int) for seed in range(60)]
    mirrored = sum(copy[112, 40, 0] < copy[112, 184, 0] for copy in copies)
    assert 18 <= mirrored <= 42


def test_what_matters_stays_in_the_picture() -> None:
    """A mark in the middle of the photo is never cut off."""
    picture = halves()
    picture.paste((255, 0, 255), (110, 80, 130, 100))
    for seed in range(30):
        copy = altered(picture, np.random.default_rng(seed)).astype(int)
        assert ((copy[..., 2] - copy[..., 1]) > 60).sum() > 100
