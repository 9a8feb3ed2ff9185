"""The camera: one lit piece of skin, photographed several times by an unsteady hand, each print watermarked."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from sample_site.grain import grain
from sample_site.skin import HEIGHT_PX, WIDTH_PX

WATERMARK = "SYNTHETIC ATLAS"
_SIZES_PX = ((480, 360), (480, 360), (512, 384), (448, 336), (540, 360))


@dataclass(frozen=True, slots=True)
class Camera:
    """How one patient is photographed; all shots share it.

    Attributes:
        size_px: width and height of the photo.
        zoom: photo pixels per canvas pixel, beyond what fits the canvas' height.
        white_balance: gain of red and of blue.
        blur_px: of the lens, standard deviation.
        noise: standard deviation in grey levels.
        quality: of the JPEG.
    """

    size_px: tuple[int, int]
    zoom: float
    white_balance: tuple[float, float]
    blur_px: float
    noise: float
    quality: int

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Camera":
        return cls(
            size_px=_SIZES_PX[int(rng.integers(len(_SIZES_PX)))],
            zoom=rng.uniform(1.12, 1.26),
            white_balance=(rng.normal(1.0, 0.03), rng.normal(1.0, 0.05)),
            blur_px=float(rng.choice([0.0, 0.0, 0.0, 0.6, 1.1])),
            noise=rng.uniform(1.0, 6.0),
            quality=int(rng.integers(78, 93)),
        )

    def focus(self, scene: npt.NDArray[np.uint8]) -> Image.Image:
        """What the lens makes of a scene, sRGB uint8 [HEIGHT_PX, WIDTH_PX, 3]; once for all its shots."""
        image = Image.fromarray(scene)
        return image.filter(ImageFilter.GaussianBlur(self.blur_px)) if self.blur_px else image

    def shoot(self, scene: Image.Image, rng: np.random.Generator) -> bytes:
        """One photo as JPEG; `rng` gives the hand's unsteadiness and the sensor's noise."""
        framed = self._frame(scene, rng)
        gain = rng.normal(1.0, 0.03) * np.array([self.white_balance[0], 1.0, self.white_balance[1]])
        levels = np.arange(256)[None] * gain[:, None]
        image = framed.point(levels.clip(0, 255).round().astype(int).ravel().tolist())
        out = BytesIO()
        photo, mark = self._add_noise(image, rng), _watermark()
        photo.paste((255, 255, 255), (photo.width - mark.width - 6, photo.height - mark.height - 5), mark)
        photo.save(out, "JPEG", quality=self.quality)
        return out.getvalue()

    def _frame(self, scene: Image.Image, rng: np.random.Generator) -> Image.Image:
        width, height = self.size_px
        fit = max(width / WIDTH_PX, height / HEIGHT_PX)
        scale = 1 / (fit * self.zoom * rng.uniform(1.0, 1.04))
        angle = rng.normal(0, 0.018)
        cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
        x, y = rng.normal((WIDTH_PX / 2, HEIGHT_PX / 2), 5)
        matrix = (cos, -sin, x - cos * width / 2 + sin * height / 2, sin, cos, y - sin * width / 2 - cos * height / 2)
        return scene.transform(self.size_px, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)

    def _add_noise(self, image: Image.Image, rng: np.random.Generator) -> Image.Image:
        textures = grain()
        noise = textures.piece(textures.sensor, rng, image.height, image.width) * np.float32(self.noise)
        pixels = np.asarray(image).astype(np.int16)
        pixels += noise.round().astype(np.int16)[..., None]
        return Image.fromarray(pixels.clip(0, 255, out=pixels).astype(np.uint8))


@cache
def _watermark() -> Image.Image:
    font = ImageFont.load_default(13)
    left, top, right, bottom = font.getbbox(WATERMARK)
    mask = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(mask).text((1 - left, 1 - top), WATERMARK, fill=150, font=font)
    return mask
