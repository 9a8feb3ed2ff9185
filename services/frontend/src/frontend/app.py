"""The page's entry: its looks, and the way to each of its pages. Streamlit runs this file at every interaction.

Nothing here knows the gateway: each page asks for what it shows, and says what it can't get.
"""

from pathlib import Path

import streamlit as st

from frontend.ui import words

HERE = Path(__file__).parent
ICONS = {
    "predict": "frame_person",
    "batch": "photo_library",
    "model": "monitoring",
    "training": "model_training",
    "data": "database",
    "about": "info",
}


def main() -> None:
    st.set_page_config(page_title=words.TITLE, page_icon=str(HERE / "mark.svg"), layout="wide")
    st.html(HERE / "style.css")
    st.logo(HERE / "logo.svg", size="large")
    page = st.navigation(
        [
            st.Page(f"{name}/page.py", title=title, icon=f":material/{ICONS[name]}:", url_path=name)
            for name, title in words.PAGES.items()
        ],
        position="top",
    )
    page.run()
    st.html(f'<footer class="foot">{words.FOOT}</footer>')


main()
