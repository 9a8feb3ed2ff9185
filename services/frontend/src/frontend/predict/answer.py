"""Shows an answer: what it says, what it is worth, what the condition is, and who gave it."""

import tomllib
from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

import streamlit as st

from acneflow_client import Decision, Prediction, RankedClass
from frontend.predict import words
from frontend.ui.header import show_notice
from frontend.ui.text import escape_markdown, percent
from frontend.ui.words import BADGES, NONE, SYNTHETIC

SHOWN_CLASSES = 4


def show_answer(prediction: Prediction) -> None:
    show_badge(prediction.decision)
    st.header(escape_markdown(prediction.sentence), anchor=False)
    st.markdown(words.MEANING[prediction.decision])
    if prediction.decision is Decision.UNSUPPORTED:
        return
    sure = prediction.decision is Decision.CONFIDENT
    st.markdown(f"**{words.CLASSES if sure else words.CLASSES_WEIGHED}**")
    st.html(class_bars(prediction.top_k[:SHOWN_CLASSES], sure=sure))
    with st.expander(words.CONFIDENCE_TITLE, icon=":material/percent:"):
        st.markdown(words.CONFIDENCE.format(count=len(prediction.top_k)))


def show_around(prediction: Prediction) -> None:
    show_notice()
    if prediction.decision is not Decision.UNSUPPORTED:
        top = prediction.prediction
        if sentences := describe_condition(top.label):
            with st.container(border=True):
                st.subheader(escape_markdown(words.ABOUT_CONDITION.format(name=top.display_name)), anchor=False)
                st.markdown(sentences)
    with st.container(border=True):
        st.subheader(words.WHEN_TITLE, anchor=False)
        st.markdown(words.WHEN)


def show_model(prediction: Prediction) -> None:
    model = prediction.model
    if model.synthetic:
        st.badge(SYNTHETIC, color="violet", icon=":material/brush:")
        st.markdown(words.SYNTHETIC_MEANING)
    answered_by = words.ANSWERED_BY.format(
        name=escape_markdown(model.name), version=model.version, trained=model.trained_at
    )
    st.markdown(f"{answered_by} {escape_markdown(model.notice)}")
    details = {
        words.CHANNEL: model.channel or NONE,
        words.DATASET: model.dataset_id,
        words.SUPPORT: f"{prediction.support:.3f}",
        words.DURATION: words.MILLISECONDS.format(ms=prediction.timing_ms.total),
        words.REQUEST: prediction.request_id,
    }
    with st.expander(words.DETAILS, icon=":material/receipt_long:"):
        st.markdown("\n".join(f"- {name}: {escape_markdown(value)}" for name, value in details.items()))


def show_badge(decision: Decision) -> None:
    """A decision as a coloured word with a sign, since colour alone doesn't reach everybody."""
    name, colour, icon = BADGES[decision]
    st.badge(name, color=colour, icon=icon)


@cache
def describe_condition(label: str) -> str | None:
    """What a class of the taxonomy is, in two neutral sentences; None for a class of somebody's own."""
    conditions = tomllib.loads(Path(__file__).with_name("conditions.toml").read_text())
    return conditions[label]["about"] if label in conditions else None


def class_bars(ranked: Iterable[RankedClass], *, sure: bool) -> str:
    """HTML of a list; the numbers are text, so the bars themselves are hidden from screen readers."""
    html = ""
    for place, entry in enumerate(ranked):
        name, number = escape(entry.display_name), escape(percent(entry.confidence))
        row, fill = ("row first", "fill") if sure and place == 0 else ("row", "fill weak")
        html += (
            f'<div role="listitem"><div class="{row}"><span>{name}</span><span class="number">{number}</span></div>'
            f'<div class="track" aria-hidden="true">'
            f'<div class="{fill}" style="width:{entry.confidence:.1%}"></div></div></div>'
        )
    return f'<div class="classes" role="list">{html}</div>'
