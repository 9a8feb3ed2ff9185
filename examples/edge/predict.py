#!/usr/bin/env python3
"""One photo on a small board: the int8 file, `ai-edge-litert` and Pillow, and nothing of Acneflow installed.

    python predict.py --model FOLDER PHOTO… [--file model.int8.tflite] [--threads N] [--repeat N]

FOLDER holds `model.int8.tflite` and `model.json` of one version. What this file does to a photo is what
`imaging.read_pixels` does, by the name that `model.json` gives it; with any other name it refuses to run.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image, ImageOps

PREPROCESSING = "stretch-224-bilinear-antialias/1"
SIGNATURE = "explain"


def main() -> int:
    """Answer for each photo; the exit code is 1 if one couldn't be used, 2 if the model can't."""
    arguments = _arguments()
    try:
        about = json.loads((arguments.model / "model.json").read_text(encoding="utf-8"))
        interpreter = Interpreter(model_path=str(arguments.model / arguments.file), num_threads=arguments.threads)
    except (OSError, ValueError) as error:
        print(f"error: {arguments.model} holds no version that can be used: {error}", file=sys.stderr)
        return 2
    if about["preprocessing"] != PREPROCESSING:
        print(
            f"error: this version sees pictures by {about['preprocessing']!r}, not {PREPROCESSING!r}", file=sys.stderr
        )
        return 2
    run = interpreter.get_signature_runner(SIGNATURE)
    print(f"{about['name']} version {about['version']}" + (", trained on drawings" if about["synthetic"] else ""))
    failed = False
    for path in arguments.photos:
        try:
            pixels = read_pixels(path, about["input_size"])
        except (OSError, ValueError) as error:
            print(f"{path}: not used: {error}")
            failed = True
            continue
        took_ms = []
        for _ in range(arguments.repeat):
            began = time.perf_counter()
            said = run(pixels=pixels[np.newaxis])
            took_ms.append((time.perf_counter() - began) * 1000.0)
        print(f"{path}: {answer(about, said['probabilities'][0], float(said['support'][0]))}", end="")
        print(f" ({statistics.median(took_ms):.1f} ms)")
    print("This is not a diagnosis.")
    return int(failed)


def read_pixels(path: Path, side_px: int) -> np.ndarray:
    """A photo as uint8 [side, side, 3]: upright, RGB, stretched, antialiased; a large JPEG at a reduced scale."""
    with Image.open(path, formats=["JPEG", "PNG", "WEBP"]) as image:
        image.draft("RGB", (side_px, side_px))
        upright = ImageOps.exif_transpose(image)
        if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
            rgba = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
        small = upright.convert("RGB").resize((side_px, side_px), Image.Resampling.BILINEAR, reducing_gap=None)
    return np.asarray(small, dtype=np.uint8)


def answer(about: dict[str, Any], probabilities: np.ndarray, support: float) -> str:
    """The decision in words, by the thresholds that travel with the version."""
    if support < about["thresholds"]["unsupported"]:
        return "unsupported: it doesn't look like what the model was trained on"
    best = int(np.argmax(probabilities))
    word = "confident" if probabilities[best] >= about["thresholds"]["uncertain"] else "uncertain"
    return f"{word}: {about['classes'][best]['display_name']} {probabilities[best]:.1%}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--model", type=Path, required=True, help="folder of one version")
    parser.add_argument("--file", default="model.int8.tflite", help="which of its LiteRT files")
    parser.add_argument("--threads", type=int, default=None, help="threads of the interpreter")
    parser.add_argument("--repeat", type=int, default=1, help="run each photo so often and print the median time")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
