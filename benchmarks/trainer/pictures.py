"""Pictures to train on: the synthetic atlas as it is, and as many variants of its photos as a large dataset needs.

`python pictures.py atlas <folder>` or `python pictures.py variants <folder> <count> <atlas>`: files in class folders,
named after their case.
"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from sample_site.atlas import Atlas, Case
from sample_site.studio import Studio

VARIANT_SIZE = (360, 240)


def main() -> None:
    kind, folder, *others = sys.argv[1:]
    if kind == "atlas":
        atlas = Atlas()
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(partial(draw, folder=Path(folder), seed=atlas.seed), atlas.cases, chunksize=8))
        return
    count, photos = int(others[0]), sorted(Path(others[1]).rglob("*.jpg"))
    jobs = islice(((number, photos[number % len(photos)]) for number in range(count)), count)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(partial(vary, folder=Path(folder)), *zip(*jobs, strict=True), chunksize=64))


def draw(case: Case, folder: Path, seed: int) -> None:
    """All shots of one case."""
    (folder / case.label).mkdir(parents=True, exist_ok=True)
    for shot in range(case.shots):
        name = folder / case.label / f"{case.number:04d}_{shot}.jpg"
        name.write_bytes(Studio(seed).photograph(case, shot))


def vary(number: int, photo: Path, folder: Path) -> None:
    """Another crop of a photo, turned, and in another light."""
    rng = np.random.default_rng(number)
    target = folder / photo.parent.name / f"{photo.stem}_{number:06d}.jpg"
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(photo) as picture:
        picture.draft("RGB", VARIANT_SIZE)
        width, height = picture.size
        left, top = rng.uniform(0, 0.2, size=2) * (width, height)
        box = (int(left), int(top), int(left + 0.8 * width), int(top + 0.8 * height))
        turned = picture.rotate(float(rng.uniform(-15, 15)), Image.Resampling.BILINEAR).crop(box)
        light = rng.uniform(0.85, 1.15)
        turned.resize(VARIANT_SIZE).point(lambda value: min(255, value * light)).save(target, quality=85)


if __name__ == "__main__":
    main()
