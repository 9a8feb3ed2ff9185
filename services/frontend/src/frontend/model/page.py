"""Model: what was published, how it was judged, how two versions compare, and, for admins, what answers people."""

import streamlit as st

from acneflow_client import Evaluation, ModelDetail, NotFoundError
from frontend.model.admin import show_admin
from frontend.model.figures import show_figures
from frontend.model.overview import show_channels, show_history, show_versions
from frontend.settings import FrontendSettings
from frontend.ui import errors as calm
from frontend.ui import words
from frontend.ui.connection import gateway
from frontend.ui.header import show_header


def main() -> None:
    """The channels, all versions, and one or two of them in detail."""
    show_header(words.MODEL_TITLE, words.MODEL_LEAD)
    name = FrontendSettings().model
    try:
        model = gateway().model(name)
    except NotFoundError:
        st.info(words.NO_VERSION, icon=":material/info:")
        return
    show_channels(model)
    show_versions(model)
    if model.versions:
        _show_chosen(model)
    show_history(model)
    show_admin(model)


def _show_chosen(model: ModelDetail) -> None:
    numbers = [version.version for version in model.versions]
    first, second = st.columns(2)
    shown = model.production if model.production in numbers else numbers[0]
    chosen = first.selectbox(
        words.CHOOSE, numbers, index=numbers.index(shown or numbers[0]), format_func=_named, key="version"
    )
    others = [None, *(number for number in numbers if number != chosen)]
    other = second.selectbox(
        words.CHOOSE_OTHER, others, format_func=lambda number: words.NO_OTHER if number is None else _named(number)
    )
    wanted = [number for number in (chosen, other) if number is not None]
    evaluations = {number: _evaluation(model.name, number) for number in wanted}
    show_figures(model, {number: found for number, found in evaluations.items() if found is not None})
    for number, found in evaluations.items():
        if found is None:
            st.info(words.NOT_EVALUATED.format(number=number), icon=":material/info:")


def _evaluation(name: str, number: int) -> Evaluation | None:
    try:
        return gateway().evaluation(name, number)
    except NotFoundError:
        return None


def _named(number: int) -> str:
    return words.VERSION.format(number=number)


calm.calmly(main)
