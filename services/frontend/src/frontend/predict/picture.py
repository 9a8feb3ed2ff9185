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

import streamlit as st
from PIL import Image

from acneflow_client import Decision, Prediction
from frontend.predict.heatmap import overlay, shown
from frontend.ui import words
from imaging import read_pixels

HERE = Path(__file__).parent
KEY = "picture"
_PNG = "data:image/png;base64,"
_in_the_browser = st.components.v2.component(
    "acneflow_picture",
    html='<div class="root"></div>',
    css=(HERE / "picture.css").read_text(),
    js=(HERE / "picture.js").read_text(),
)


@dataclass(frozen=True, slots=True)
class Handover:
    """A picture on its way to the browser."""

    shown: str
    """A data URL: what the visitor sees."""
    seen: str
    """A data URL: what the model saw, without loss, so that the gateway recognizes it."""


def handover(photo: bytes) -> Handover:
    """What the browser is given of a photo that the gateway has taken.

    Raises:
        ImageRefusedError: if it can't be decoded.
    """
    seen = Image.fromarray(read_pixels(photo))
    return Handover(_url(shown(photo), "JPEG", quality=85), _url(seen, "PNG", compress_level=1))


def show_picture(
    prediction: Prediction, given: Handover | None, *, wanted: bool, on_return: Callable[[bytes], None]
) -> None:
    """Show the picture of an answer.

    Args:
        prediction: the answer, by whose id the browser knows its picture.
        given: the picture, right after it was answered; None later, when only the browser has it.
        wanted: ask the browser for what the model saw.
        on_return: is given that, as a PNG.
    """
    mapped = prediction.heatmap is not None and prediction.decision is not Decision.UNSUPPORTED
    data = {
        "id": prediction.request_id,
        "shown": given and given.shown,
        "seen": given and given.seen,
        "map": _url(overlay(prediction.heatmap), "PNG") if given and mapped and prediction.heatmap else None,
        "wanted": wanted,
        "words": words.PICTURE,
    }

    def returned() -> None:
        answer = st.session_state[KEY].seen
        if answer and answer["id"] == prediction.request_id:
            on_return(decoded(answer["seen"]))

    _in_the_browser(key=KEY, data=data, on_seen_change=returned)


def decoded(url: str) -> bytes:
    """The PNG in a data URL that came back; nothing if it is none, which the gateway then refuses."""
    try:
        return base64.b64decode(url.removeprefix(_PNG), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _url(image: Image.Image, kind: str, **options: int) -> str:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(stream.getvalue()).decode()}"
