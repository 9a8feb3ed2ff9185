"""Pictures from the store, blurred until somebody clicks one. They go to the browser and are kept nowhere else."""

import base64
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from frontend.ui import words

HERE = Path(__file__).parent
_in_the_browser = st.components.v2.component(
    "acneflow_gallery",
    html='<ul class="root"></ul>',
    css=(HERE / "gallery.css").read_text(),
    js=(HERE / "gallery.js").read_text(),
)


@dataclass(frozen=True, slots=True)
class Picture:
    jpeg: bytes
    caption: str
    alt: str


def show_gallery(pictures: list[Picture], *, key: str) -> None:
    items = [
        {"src": f"data:image/jpeg;base64,{base64.b64encode(p.jpeg).decode()}", "caption": p.caption, "alt": p.alt}
        for p in pictures
    ]
    _in_the_browser(key=key, data={"items": items, "words": words.GALLERY})
