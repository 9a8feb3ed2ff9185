"""A dataset's pictures, for admins: samples of a class, and sets that look alike. They are fetched when looked at."""

import streamlit as st

from acneflow_client import Dataset
from frontend.data import words
from frontend.ui.connection import gateway, signed_in
from frontend.ui.gallery import Picture, show_gallery
from frontend.ui.text import escape_markdown

SHOWN_SETS = 3
SHOWN_OF_A_SET = 4


def show_samples(dataset: Dataset) -> None:
    samples = {} if dataset.report is None else dataset.report.samples
    if not _allowed(bool(samples)):
        return
    names = {each.name: each.display_name for each in dataset.manifest.classes}
    label = st.selectbox(words.SAMPLES_OF, list(samples), format_func=lambda name: names.get(name, name))
    st.caption(words.SAMPLES_NOTE)
    _show(dataset, samples[label], names.get(label, label), key="samples")


def show_duplicates(dataset: Dataset) -> None:
    found = None if dataset.report is None else dataset.report.duplicates
    if found is None:
        st.info(words.NOT_REPORTED, icon=":material/info:")
        return
    st.markdown(escape_markdown(words.DUPLICATES_TEXT.format(found=found)))
    if not found.examples or not _allowed(True):
        return
    st.caption(words.SAMPLES_NOTE)
    for number, alike in enumerate(found.examples[:SHOWN_SETS]):
        _show(dataset, alike[:SHOWN_OF_A_SET], words.LOOK_ALIKES, key=f"alike-{number}")


def _allowed(there: bool) -> bool:
    if not signed_in():
        st.markdown(words.SAMPLES_NEEDED)
    elif not there:
        st.info(words.SAMPLES_NONE, icon=":material/info:")
    return signed_in() and there


def _show(dataset: Dataset, images: tuple[str, ...], label: str, *, key: str) -> None:
    dataset_id = dataset.manifest.dataset_id
    pictures = [
        Picture(gateway().dataset_image(dataset_id, sha256), sha256[:8], words.SAMPLE_ALT.format(label=label))
        for sha256 in images
    ]
    show_gallery(pictures, key=key)
