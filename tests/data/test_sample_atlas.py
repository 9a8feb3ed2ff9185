"""The sample atlas as data: tones balanced over classes, each class drawn on each tone, cues where they should be."""

from collections import Counter
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from imaging import read_pixels
from sample_site.atlas import Atlas, Case
from sample_site.camera import Camera
from sample_site.lesions import DRAWN_CLASSES
from sample_site.lesions.papules import draw_papule
from sample_site.light import Light, render
from sample_site.skin import HEIGHT_PX, WIDTH_PX, Skin, View
from sample_site.studio import Studio
from sample_site.tones import MONK_TONES, tone

LAMP = Light((0.3, -0.4, 0.866), ambient=0.4, exposure=1.0)


def test_skin_tones_are_balanced_over_the_classes_and_over_the_photos() -> None:
    atlas = Atlas()
    cases = Counter((case.label, case.monk) for case in atlas.cases)
    assert cases == dict.fromkeys(((label, monk) for label in DRAWN_CLASSES for monk in MONK_TONES), 4)
    photos = Counter(e.case.monk for e in atlas.entries if e.dirt is None)
    assert photos == dict.fromkeys(MONK_TONES, 90)


@pytest.mark.parametrize("label", DRAWN_CLASSES)
def test_every_class_is_drawn_on_every_tone_and_darker_tones_are_darker(label: str) -> None:
    studio = Studio(seed=0)
    lightness = []
    for monk in MONK_TONES:
        pixels = read_pixels(studio.photograph(Case(monk, label, monk, shots=1), 0))
        assert pixels.std() > 8
        lightness.append(float(np.median(pixels)))
    assert np.mean(lightness[:3]) > np.mean(lightness[4:7]) > np.mean(lightness[7:])
    assert min(lightness) > 20
    assert max(lightness) < 245


@pytest.mark.parametrize("monk", MONK_TONES)
def test_a_papules_flush_shows_on_every_tone(monk: int) -> None:
    skin = Skin(tone(monk), View((0, 0), 60), np.random.default_rng(0))
    draw_papule(skin, (0, 0), 2.0, redness=1.2)
    skin.relief[:], skin.gloss[:] = 0, 0
    picture = render(skin, LAMP).astype(int)
    spot, around = picture[HEIGHT_PX // 2, WIDTH_PX // 2], picture[10, 10]
    assert around[1] - spot[1] > 0.2 * around[1], "blood takes green light on every skin"
    lost = (around - spot) / around
    assert max(lost[0], lost[2]) < lost[1], "and more of it than of red and blue"
    if monk <= 3:
        assert lost[0] < 0.12, "light skin turns pink to red"
    if monk >= 9:
        assert lost[0] > 0.12, "the darkest skin turns darker, brown to violet, not bright red"


def test_shots_of_a_case_are_alike_but_not_the_same() -> None:
    atlas, studio = Atlas(), Studio(seed=0)
    cases = [case for case in atlas.cases if case.shots >= 2][::16]
    first, second = ([_small(studio.photograph(case, shot)) for case in cases] for shot in (0, 1))
    within = [float(np.abs(a - b).mean()) for a, b in zip(first, second, strict=True)]
    between = [float(np.abs(a - b).mean()) for a, b in zip(first, second[1:], strict=False)]
    assert min(within) > 0
    assert np.median(within) * 3 < np.median(between)


def test_every_photo_carries_the_watermark() -> None:
    rng = np.random.default_rng(1)
    for _ in range(5):
        camera = Camera.random(rng)
        dark = camera.focus(np.zeros((HEIGHT_PX, WIDTH_PX, 3), dtype=np.uint8))
        with Image.open(BytesIO(camera.shoot(dark, rng))) as photo:
            corner = np.asarray(photo.convert("L").crop((photo.width - 130, photo.height - 24, *photo.size)))
        assert 0.05 < (corner > 80).mean() < 0.6


def test_mean_colour_alone_doesnt_tell_the_classes_apart() -> None:
    atlas, studio = Atlas(cases_per_class=10), Studio(seed=0)
    means = np.array([_small(studio.photograph(case, 0)).mean(axis=(0, 1)) for case in atlas.cases])
    labels = np.array([case.label for case in atlas.cases])
    distance = np.linalg.norm(means[:, None] - means[None], axis=-1)
    np.fill_diagonal(distance, np.inf)
    assert (labels[distance.argmin(axis=1)] == labels).mean() < 0.35


def _small(jpeg: bytes) -> npt.NDArray[np.float64]:
    with Image.open(BytesIO(jpeg)) as photo:
        return np.asarray(photo.convert("RGB").resize((16, 12), Image.Resampling.BOX), dtype=np.float64)
