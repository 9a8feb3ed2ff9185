"""How a photo comes about: skin with a condition, light on it, and a camera before it.

The same seed, case and shot give the same bytes. Not thread-safe: it keeps the scenes drawn last.
"""

from functools import lru_cache

import numpy as np
from PIL import Image

from sample_site.atlas import Case
from sample_site.camera import Camera
from sample_site.lesions import DRAWN_CLASSES
from sample_site.light import Light, render
from sample_site.tones import tone

CACHED_SCENES = 8
"""A case's shots are asked for in a row; a scene has 750 kB."""
_SCENE, _SHOT = 10, 11
"""Apart from each other and from the atlas' own streams, so that drawing one photo never changes another."""


class Studio:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._scene = lru_cache(CACHED_SCENES)(self._draw_scene)

    def photograph(self, case: Case, shot: int) -> bytes:
        camera, scene = self._scene(case)
        return camera.shoot(scene, np.random.default_rng([self._seed, _SHOT, case.number, shot]))

    def _draw_scene(self, case: Case) -> tuple[Camera, Image.Image]:
        rng = np.random.default_rng([self._seed, _SCENE, case.number])
        camera, light = Camera.random(rng), Light.random(rng)
        return camera, camera.focus(render(DRAWN_CLASSES[case.label](tone(case.monk), rng), light))
