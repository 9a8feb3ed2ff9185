"""From skin to a photo."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw

from sample_site.atlas import Case
from sample_site.lesions import DRAWN_CLASSES
from sample_site.tones import tone


def photograph(case: Case, shot: int, seed: int) -> bytes:
    """One shot of a case as JPEG."""
    rng = np.random.default_rng([seed, 10, case.number])
    base = tone(case.monk).reflectance ** (1 / 2.2) * 200
    grain = rng.normal(0, 4, (360, 480, 1))
    image = Image.fromarray((base + grain).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    kind = DRAWN_CLASSES.index(case.label)
    for x, y in rng.uniform(0, 1, (12 + 4 * kind, 2)) * (480, 360):
        radius = 3 + 2 * kind
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(150, 60 + 10 * kind, 60))
    draw.text((8 + shot, 340), "SYNTHETIC ATLAS", fill="white")
    out = BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()
