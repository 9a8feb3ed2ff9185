"""The visitor's picture, handed to their browser and kept nowhere else.

It is sent once, with the answer. The browser shows it with the map over it, keeps it as long as the tab is open, and
gives back what the model saw of it (224×224 pixels, no EXIF) only when the visitor said that it may be kept.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import streamlit as st
from PIL import Image

from acneflow_client import Decision, Prediction
from frontend.predict import words
from imaging import read_pixels, upright_rgb

HERE = Path(__file__).parent
KEY = "picture"
SHOWN_PX = 640
"""Longest side of the picture on the page."""
_OVERLAY_PX = 112
"""Side of the map as it is sent; the browser scales it on, smoothly."""
_STOPS = np.array([[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]], np.float64)
"""Viridis, which keeps its order in grey and for people who don't tell red from green (bids.github.io/colormap)."""
_PNG = "data:image/png;base64,"
_in_the_browser = st.components.v2.component(
    "acneflow_picture",
    html='<div class="root"></div>',
    css=(HERE / "picture.css").read_text(),
    js=(HERE / "picture.js").read_text(),
)


@dataclass(frozen=True, slots=True)
class PictureUrls:
    """Data URLs: what the visitor sees, and what the model saw, without loss, so that the gateway recognizes it."""

    shown: str
    seen: str


def picture_urls(photo: bytes) -> PictureUrls:
    """What the browser gets of a photo that the gateway has answered."""
    seen = Image.fromarray(read_pixels(photo))
    return PictureUrls(_url(preview(photo), "JPEG", quality=85), _url(seen, "PNG", compress_level=1))


def show_picture(
    prediction: Prediction, new: PictureUrls | None, *, wanted: bool, on_return: Callable[[bytes], None]
) -> None:
    """Show the picture of an answer, by whose id the browser knows it.

    `new` comes right after it was answered; later only the browser has it. Where it is `wanted`, `on_return` is given
    what the model saw, as a PNG.
    """
    heatmap = prediction.heatmap if new and prediction.decision is not Decision.UNSUPPORTED else None
    data = {
        "id": prediction.request_id,
        "shown": new and new.shown,
        "seen": new and new.seen,
        "map": heatmap and _url(heatmap_overlay(heatmap), "PNG"),
        "wanted": wanted,
        "words": words.PICTURE,
    }

    def take_answer() -> None:
        answer = st.session_state[KEY].seen
        if answer and answer["id"] == prediction.request_id:
            on_return(decode_png_url(answer["seen"]))

    _in_the_browser(key=KEY, data=data, on_seen_change=take_answer)


def preview(photo: bytes) -> Image.Image:
    """The photo as a person sees it, upright, small enough for the page."""
    image = upright_rgb(photo, at_least_px=SHOWN_PX)
    image.thumbnail((SHOWN_PX, SHOWN_PX))
    return image


def heatmap_overlay(heatmap: tuple[tuple[float, ...], ...]) -> Image.Image:
    """The map as a square RGBA picture: clear where the model didn't look, opaque where it looked most.

    Args:
        heatmap: 7×7, 0 to 1. The model saw the photo stretched to a square, so whoever lays the map over the photo
            stretches it back.
    """
    small = Image.fromarray(np.asarray(heatmap, np.float32))
    large = small.resize((_OVERLAY_PX, _OVERLAY_PX), Image.Resampling.BICUBIC)
    heat = np.asarray(large).clip(0.0, 1.0)
    coloured = np.concatenate([_viridis(heat), heat[..., np.newaxis] * 255], axis=-1)
    return Image.fromarray(coloured.round().astype(np.uint8))


def decode_png_url(url: str) -> bytes:
    """The PNG in a data URL that came back; nothing if it is none, which the gateway then refuses."""
    try:
        return base64.b64decode(url.removeprefix(_PNG), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _url(image: Image.Image, kind: str, **options: int) -> str:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(stream.getvalue()).decode()}"


def _viridis(heat: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    positions = np.linspace(0.0, 1.0, len(_STOPS))
    channels = [np.interp(heat, positions, _STOPS[:, channel]) for channel in range(3)]
    coloured: npt.NDArray[np.float64] = np.stack(channels, axis=-1)
    return coloured
