"""The classes that the atlas draws; each follows what the condition looks like, in form and in place."""

from collections.abc import Callable, Mapping

import numpy as np

from sample_site.lesions.comedones import draw_closed_comedones, draw_open_comedones
from sample_site.lesions.hidradenitis import draw_hidradenitis
from sample_site.lesions.milia import draw_milia
from sample_site.lesions.nodules import draw_cystic_acne
from sample_site.lesions.papules import draw_pustular_acne
from sample_site.lesions.perioral import draw_perioral_dermatitis
from sample_site.lesions.rosacea import draw_rosacea, draw_rosacea_nose
from sample_site.skin import Skin
from sample_site.tones import Tone

DRAWN_CLASSES: Mapping[str, Callable[[Tone, np.random.Generator], Skin]] = {
    "acne-open-comedo": draw_open_comedones,
    "acne-closed-comedo": draw_closed_comedones,
    "acne-pustular": draw_pustular_acne,
    "acne-cystic": draw_cystic_acne,
    "rosacea": draw_rosacea,
    "rosacea-nose": draw_rosacea_nose,
    "perioral-dermatitis": draw_perioral_dermatitis,
    "hidradenitis-suppurativa": draw_hidradenitis,
    "milia": draw_milia,
}
"""Names of the taxonomy's classes."""
