"""Pictures of what no model here is trained on, drawn by formula, to see at each evaluation that they are told apart.

They stand in for real photographs of something else, which a test measures with (tests/photos).
"""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from contracts.measures import SupportMeasure
from imaging import INPUT_SIDE_PX, golden_pixels
from inference import LiteRtClassifier
from trainer.judge.metrics import auroc
from trainer.network.support import METHOD

Pixels = npt.NDArray[np.uint8]

KIND = "drawn stand-ins: noise, stripes, circles, pages of writing, landscapes, and the golden pictures"
OF_EACH = 6
SIDE = INPUT_SIDE_PX


def measure_support(supports: npt.NDArray[np.float32], unsupported: float, litert: LiteRtClassifier) -> SupportMeasure:
    """How well the support score tells strangers from test images, whose supports are given."""
    strangers = litert.predict(draw_strangers()).support
    return SupportMeasure(
        method=METHOD,
        threshold=unsupported,
        unsupported=float((supports < unsupported).mean()),
        strangers=len(strangers),
        strangers_kind=KIND,
        auroc=auroc(supports, strangers),
        strangers_unsupported=float((strangers < unsupported).mean()),
    )


def draw_strangers() -> Pixels:
    """Always the same, uint8 [34, 224, 224, 3]."""
    rng = np.random.default_rng(0)
    drawn = [draw(rng) for draw in (_noise, _stripes, _circles, _page, _landscape) for _ in range(OF_EACH)]
    return np.concatenate([np.stack(drawn), golden_pixels()])


def _noise(rng: np.random.Generator) -> Pixels:
    grains = int(rng.choice([7, 28, 112, SIDE]))
    small = Image.fromarray(rng.integers(0, 256, size=(grains, grains, 3), dtype=np.uint8))
    return np.asarray(small.resize((SIDE, SIDE), Image.Resampling.NEAREST))


def _stripes(rng: np.random.Generator) -> Pixels:
    y, x = np.mgrid[:SIDE, :SIDE]
    angle, width = rng.uniform(0, np.pi), rng.uniform(4, 30)
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) / width * np.pi)[..., np.newaxis] > 0
    pixels: Pixels = np.where(wave, _colour(rng), _colour(rng)).astype(np.uint8)
    return pixels


def _circles(rng: np.random.Generator) -> Pixels:
    image = Image.new("RGB", (SIDE, SIDE), tuple(_colour(rng)))
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        (x, y), radius = rng.uniform(0, SIDE, size=2), rng.uniform(5, 40)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=tuple(_colour(rng)))
    return np.asarray(image)


def _page(rng: np.random.Generator) -> Pixels:
    image = Image.new("RGB", (SIDE, SIDE), (250, 250, int(rng.integers(225, 256))))
    draw = ImageDraw.Draw(image)
    step = int(rng.integers(9, 16))
    for y in range(12, SIDE - 12, step):
        x = 12.0
        while x < SIDE - 30:
            word = rng.uniform(6, 34)
            draw.rectangle((x, y, x + word, y + step / 2.5), fill=(30, 30, 35))
            x += word + 5
    return np.asarray(image)


def _landscape(rng: np.random.Generator) -> Pixels:
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    horizon = rng.uniform(0.35, 0.65) + 0.08 * np.sin(x * rng.uniform(4, 14) + rng.uniform(0, 6))
    sky = np.stack([100 + 90 * y, 160 + 60 * y, 235 - 10 * y], axis=-1)
    ground = np.stack([60 + 40 * y, 130 - 50 * y, 45 + 10 * y], axis=-1) + rng.normal(scale=14, size=(SIDE, SIDE, 1))
    pixels: Pixels = np.where((y < horizon)[..., np.newaxis], sky, ground).clip(0, 255).astype(np.uint8)
    return pixels


def _colour(rng: np.random.Generator) -> list[int]:
    return [int(value) for value in rng.integers(0, 256, size=3)]
