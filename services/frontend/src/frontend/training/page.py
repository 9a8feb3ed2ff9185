"""Training: start a run, watch it, and see what came of earlier ones."""

import uuid
from collections.abc import Mapping
from typing import Any

import streamlit as st

from acneflow_client import PipelineRun, RunRequest, RunSchema, RunSummary
from frontend.training import words
from frontend.training.airflow import show_airflow
from frontend.training.run import SHOWN_RUN, show_run
from frontend.ui.connection import gateway, signed_in
from frontend.ui.errors import show_parts
from frontend.ui.header import show_header
from frontend.ui.table import show_table
from frontend.ui.text import duration, moment

SHOWN_RUNS = 10
RUN_KEY = "run-key"


def main() -> None:
    """Each part stands by itself: an Airflow that is away still shows that it is, and how to start it."""
    show_header(words.TITLE, words.LEAD)
    show_parts(show_airflow, _show_start, show_run, _show_history)


def _show_start() -> None:
    """A second click while the first is under way starts nothing: both carry the same key."""
    with st.expander(words.START, icon=":material/rocket_launch:"):
        if not signed_in():
            st.markdown(words.START_NEEDED)
            return
        schema = gateway().run_schema()
        with st.form("start", border=False):
            chosen = _fields(schema)
            if not st.form_submit_button(words.START_NOW, type="primary"):
                return
        key = st.session_state.setdefault(RUN_KEY, uuid.uuid4().hex)
        request = RunRequest.model_construct(**chosen)  # the gateway checks it, and says what is wrong
        run = gateway().start_run(request, idempotency_key=key)
        del st.session_state[RUN_KEY]
        st.session_state[SHOWN_RUN] = run.id
        st.toast(words.STARTED.format(id=run.id))


def _fields(schema: RunSchema) -> dict[str, Any]:
    """Draw a widget per parameter, and return what was chosen, without what is left to the pipeline."""
    chosen: dict[str, Any] = {}
    left, right = st.columns(2)
    definitions = schema.request.get("$defs", {})
    for number, (name, described) in enumerate(schema.request.get("properties", {}).items()):
        spec = _resolve(described, definitions)
        with left if number % 2 == 0 else right:
            value = _field(name, spec, schema)
        if value not in (None, "", []):
            chosen[name] = value
    return chosen


def _field(name: str, spec: Mapping[str, Any], schema: RunSchema) -> Any:
    label, help_ = words.FIELDS.get(name, spec.get("title", name)), spec.get("description")
    default, key = spec.get("default"), f"run-{name}"
    if "enum" in spec:
        options = [None, *spec["enum"]] if default is None else spec["enum"]
        names = {each: words.OWN_CHOICE if each is None else str(each) for each in options}
        index = options.index(default)
        return st.selectbox(label, options, index=index, format_func=names.__getitem__, help=help_, key=key)
    match spec.get("type"):
        case "boolean":
            return st.checkbox(label, value=bool(default), help=help_, key=key)
        case "integer" | "number" as kind:
            return st.number_input(label, value=default, help=help_, key=key, **_limits(spec, whole=kind == "integer"))
        case "array":
            names = {each.name: each.display_name for each in schema.classes}
            return st.multiselect(label, list(names), format_func=names.__getitem__, help=help_, key=key)
        case _:
            return st.text_input(label, value=default or "", help=help_, key=key).strip()


def _resolve(spec: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter's schema with references followed and "or null" taken out; a default of null stays."""
    merged = dict(spec)
    for part in (*merged.pop("anyOf", ()), *merged.pop("allOf", ())):
        if part.get("type") != "null":
            merged = {**_resolve(part, definitions), **merged}
    if reference := merged.pop("$ref", None):
        merged = {**_resolve(definitions[reference.rpartition("/")[2]], definitions), **merged}
    return merged


def _limits(spec: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    kind = int if whole else float
    low, high = spec.get("minimum"), spec.get("maximum", spec.get("exclusiveMaximum"))
    limits = {"min_value": None if low is None else kind(low), "max_value": None if high is None else kind(high)}
    return {**limits, "step": 1 if whole else 0.005, **({} if whole else {"format": "%.3f"})}


def _show_history() -> None:
    """A run that has ended doesn't change, so each is asked about once per visit."""
    finished = [run for run in gateway().runs(limit=SHOWN_RUNS) if run.finished]
    if not finished:
        return
    known: dict[str, PipelineRun] = st.session_state.setdefault("ended-runs", {})
    for run in finished:
        if run.id not in known:
            known[run.id] = gateway().run(run.id)
    with st.expander(words.RUN_HISTORY, icon=":material/history:", expanded=True):
        rows = [_row(run, known[run.id]) for run in finished]
        show_table(words.RUN_HISTORY, words.RUN_HISTORY_HEADS, rows)


def _row(run: RunSummary, detail: PipelineRun) -> tuple[str, ...]:
    started, ended = run.started_at, run.ended_at
    return (
        run.id,
        moment(started) if started else "–",
        duration((ended - started).total_seconds()) if started and ended else "–",
        words.OUTCOMES[detail.outcome],
        detail.sentence,
    )


main()
