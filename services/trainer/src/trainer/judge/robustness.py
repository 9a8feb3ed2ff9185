"""What happens to photos on their way to a model, done to the pixels that it sees, 224×224."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from contracts.measures import RobustnessMeasure
from imaging import INPUT_SIDE_PX
from inference import LiteRtClassifier
from trainer.judge.files import Sample
from trainer.judge.metrics import confusion_of, macro_f1

Pixels = npt.NDArray[np.uint8]

MASKED_STRIP_PX = 22


@dataclass(frozen=True, slots=True)
class Alteration:
    name: str
    description: str
    apply: Callable[[Pixels], Pixels]
    """uint8 [224, 224, 3] → the same."""


def _blur(pixels: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(1.5)))


def _jpeg(pixels: Pixels) -> Pixels:
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=30)
    with Image.open(stream) as image:
        return np.asarray(image.convert("RGB"))


def _times(factor: float) -> Callable[[Pixels], Pixels]:
    return lambda pixels: (pixels * factor).clip(0, 255).astype(np.uint8)


def _mask(pixels: Pixels) -> Pixels:
    """Sites write their name along the bottom; a model that reads it has learnt the site."""
    masked = pixels.copy()
    masked[-MASKED_STRIP_PX:] = np.median(pixels[-2 * MASKED_STRIP_PX : -MASKED_STRIP_PX], axis=(0, 1))
    return masked


def _crop(pixels: Pixels) -> Pixels:
    edge = INPUT_SIDE_PX // 10
    inner = Image.fromarray(pixels[edge:-edge, edge:-edge])
    return np.asarray(inner.resize((INPUT_SIDE_PX, INPUT_SIDE_PX), Image.Resampling.BILINEAR))


ALTERATIONS = (
    Alteration("blur", "Gaussian blur of 1.5 pixels", _blur),
    Alteration("jpeg", "saved as JPEG of quality 30", _jpeg),
    Alteration("darker", "brightness × 0.7", _times(0.7)),
    Alteration("brighter", "brightness × 1.3", _times(1.3)),
    Alteration("masked_strip", "the bottom tenth, where watermarks are, painted over", _mask),
    Alteration("crop", "the inner 80 % only", _crop),
)


def measure_robustness(sample: Sample, litert: LiteRtClassifier) -> tuple[RobustnessMeasure, ...]:
    """How the model takes each of `ALTERATIONS` of the sample's pictures."""
    return tuple(_measure(alteration, sample, litert) for alteration in ALTERATIONS)


def _measure(alteration: Alteration, sample: Sample, litert: LiteRtClassifier) -> RobustnessMeasure:
    outputs = litert.predict(np.stack([alteration.apply(picture) for picture in sample.pixels]))
    top = outputs.probabilities.argmax(axis=1)
    return RobustnessMeasure(
        name=alteration.name,
        description=alteration.description,
        images=len(top),
        macro_f1=float(macro_f1(confusion_of(sample.labels, top, sample.classes))),
        accuracy=float((top == sample.labels).mean()),
        unchanged=float((top == sample.outputs.probabilities.argmax(axis=1)).mean()),
        unsupported=float((outputs.support < sample.unsupported).mean()),
    )
