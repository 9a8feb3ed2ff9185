"""A piece of skin as maps of what it consists of; bodies and lesions draw on it in millimetres.

Knows nothing of light or cameras: colour comes about in `light`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from sample_site.grain import Map
from sample_site.tones import Rgb, Tone

WIDTH_PX, HEIGHT_PX = 576, 432
COARSE = 4
"""What changes slowly is computed on a grid this much coarser, which is 16 times cheaper."""

Point = tuple[float, float]
"""Millimetres, x to the right and y down, in the body's own coordinates."""
Points = npt.NDArray[np.float64]
"""Float64 [n, 2], millimetres."""


@dataclass(frozen=True)
class View:
    """Which part of a body the canvas shows.

    Attributes:
        centre: what lies in the middle.
        width_mm: how much the canvas spans from left to right.
        angle: by how much the body is turned, in radians.
    """

    centre: Point
    width_mm: float
    angle: float = 0.0

    @cached_property
    def px_per_mm(self) -> float:
        return WIDTH_PX / self.width_mm

    def to_px(self, points: npt.ArrayLike) -> Points:
        """Where points of the body lie on the canvas, in pixels from its upper left corner."""
        offset = np.asarray(points, dtype=np.float64).reshape(-1, 2) - self.centre
        return offset @ self._turn.T * self.px_per_mm + (WIDTH_PX / 2, HEIGHT_PX / 2)

    def to_mm(self, px: npt.ArrayLike) -> Points:
        """The inverse of `to_px`."""
        offset = np.asarray(px, dtype=np.float64).reshape(-1, 2) - (WIDTH_PX / 2, HEIGHT_PX / 2)
        return offset / self.px_per_mm @ self._turn + self.centre

    @cached_property
    def _turn(self) -> Points:
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return np.array([[cos, -sin], [sin, cos]])


@dataclass(frozen=True, slots=True)
class Spot:
    """A round or oval part of the canvas: `d` is 0 in its middle and 1 on its outline."""

    box: tuple[slice, slice]
    d: Map

    def soft(self, sharpness: float = 2.0) -> Map:
        """1 in the middle, fading to 0 beyond the outline."""
        fading: Map = np.exp(np.float32(-sharpness) * self.d * self.d)
        return fading

    def disc(self, edge: float = 0.2) -> Map:
        """1 inside, 0 outside, with an edge of this width."""
        return ((1.0 + edge / 2 - self.d) / edge).clip(0.0, 1.0)

    def dome(self) -> Map:
        """A smooth swelling: 1 in the middle, 0 from the outline on."""
        inside = (1.0 - self.d * self.d).clip(0.0, None)
        swelling: Map = inside * np.sqrt(inside)
        return swelling

    def ring(self, at: float = 1.0, width: float = 0.25) -> Map:
        """1 at distance `at`, fading to both sides."""
        fading: Map = np.exp(-(((self.d - at) / width) ** 2))
        return fading


@dataclass(frozen=True, slots=True)
class Stencil:
    """A part of the canvas with a mask from 0 to 1; the part is empty where nothing is in view."""

    box: tuple[slice, slice]
    alpha: Map


def _empty() -> Map:
    return np.zeros((HEIGHT_PX, WIDTH_PX), dtype=np.float32)


@dataclass(slots=True)
class Skin:
    """The canvas; every map is float32 [HEIGHT_PX, WIDTH_PX]."""

    tone: Tone
    view: View
    rng: np.random.Generator
    relief: Map = field(default_factory=_empty)
    """Height in millimetres."""
    blood: Map = field(default_factory=_empty)
    venous: Map = field(default_factory=_empty)
    melanin: Map = field(default_factory=_empty)
    """Densities; see `tones.Tone`."""
    shade: Map = field(default_factory=_empty)
    """How much of the light is kept out, as a density."""
    gloss: Map = field(default_factory=_empty)
    paint: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros((3, HEIGHT_PX, WIDTH_PX), dtype=np.float32))
    """What lies on top and isn't skin: linear RGB times opacity, [3, HEIGHT_PX, WIDTH_PX]."""
    opacity: Map = field(default_factory=_empty)

    def coarse(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The body's coordinates (x, y) in mm on the coarse grid, for `smooth`."""
        columns = np.arange(WIDTH_PX // COARSE) * COARSE + (COARSE - 1) / 2
        rows = np.arange(HEIGHT_PX // COARSE) * COARSE + (COARSE - 1) / 2
        grid = np.stack(np.meshgrid(columns, rows), axis=-1)
        points = self.view.to_mm(grid).reshape(*grid.shape)
        return points[..., 0], points[..., 1]

    def spot(
        self, at: npt.ArrayLike, radius_mm: float, *, aspect: float = 1.0, angle: float = 0.0, wobble: float = 0.0,
        reach: float = 2.2,
    ) -> Spot:  # fmt: skip
        """The surroundings of a point, out to `reach` radii.

        `radius_mm` is the geometric mean of the two half-axes, `aspect` the root of how much longer than wide it is,
        `angle` that of the long axis in radians, `wobble` how irregular the outline is, 0 to about 0.3.
        """
        (x, y), radius = self.view.to_px(at)[0], max(radius_mm * self.view.px_per_mm, 0.5)
        extent = radius * max(aspect, 1 / aspect) * reach + 1
        rows, columns = _window(x - extent, y - extent, x + extent, y + extent)
        dy = (np.arange(rows.start, rows.stop, dtype=np.float32) - np.float32(y))[:, None]
        dx = (np.arange(columns.start, columns.stop, dtype=np.float32) - np.float32(x))[None, :]
        cos, sin = np.float32(np.cos(angle + self.view.angle)), np.float32(np.sin(angle + self.view.angle))
        along, across = (dx * cos + dy * sin) / np.float32(aspect), (dy * cos - dx * sin) * np.float32(aspect)
        d = (np.sqrt(along * along + across * across) / np.float32(radius)).astype(np.float32, copy=False)
        if wobble:
            theta, phases = np.arctan2(across, along), self.rng.uniform(0, 6.28, 3).astype(np.float32)
            waves = sum(np.cos((k + 2) * theta + phases[k]) / (k + 1.5) for k in range(3))
            d /= 1 + np.float32(wobble) * waves
        return Spot((rows, columns), d)

    def cover(self, box: tuple[slice, slice] | None, colour: Rgb, alpha: Map) -> None:
        """Lay something opaque over a part (or all) of the canvas; alpha 0 to 1."""
        rows, columns = box or (slice(None), slice(None))
        left = 1 - alpha
        self.paint[:, rows, columns] *= left
        self.paint[:, rows, columns] += colour[:, None, None] * alpha
        self.opacity[rows, columns] = 1 - (1 - self.opacity[rows, columns]) * left

    def stencil(
        self, lines: Sequence[Points], *, width_mm: float = 0.0, blur_mm: float = 0.0, closed: bool = False
    ) -> Stencil:
        """Lines of a width, or closed outlines filled; each line is [n, 2] in mm."""
        width_px = width_mm * self.view.px_per_mm
        blur_px = max(0.6, blur_mm * self.view.px_per_mm)
        margin = width_px / 2 + 2.5 * blur_px + 1
        if not lines:
            return Stencil((slice(0, 0), slice(0, 0)), np.zeros((0, 0), dtype=np.float32))
        everything = self.view.to_px(np.concatenate(lines))
        (left, top), (right, bottom) = everything.min(axis=0) - margin, everything.max(axis=0) + margin
        box = _window(left, top, right, bottom)
        rows, columns = box
        size = (columns.stop - columns.start, rows.stop - rows.start)
        if 0 in size:
            return Stencil(box, np.zeros(size[::-1], dtype=np.float32))
        image = Image.new("L", size)
        draw = ImageDraw.Draw(image)
        ends = np.cumsum([len(line) for line in lines])
        for outline in np.split(everything - (columns.start, rows.start), ends[:-1]):
            points = outline.ravel().tolist()
            if closed:
                draw.polygon(points, fill=255)
            else:
                draw.line(points, fill=round(255 * min(1.0, width_px)), width=max(1, round(width_px)), joint="curve")
        # a box is three times as quick, and nobody sees the difference at a pixel's width
        blur = ImageFilter.BoxBlur(blur_px) if blur_px < 1.2 else ImageFilter.GaussianBlur(blur_px)
        blurred = image.filter(blur)
        return Stencil(box, np.asarray(blurred, dtype=np.float32) / np.float32(255))


def _window(left: float, top: float, right: float, bottom: float) -> tuple[slice, slice]:
    rows = np.clip([int(top), int(bottom) + 2], 0, HEIGHT_PX).tolist()
    columns = np.clip([int(left), int(right) + 2], 0, WIDTH_PX).tolist()
    return slice(*rows), slice(*columns)


def smooth(field_: npt.NDArray[np.floating]) -> Map:
    """A field on the coarse grid, brought to the canvas' resolution."""
    image = Image.fromarray(field_.astype(np.float32))
    return np.asarray(image.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.BICUBIC), dtype=np.float32)
