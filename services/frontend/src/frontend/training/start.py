"""For admins: a form that starts a run, made from the gateway's own schema of its parameters."""

import uuid
from collections.abc import Mapping
from typing import Any

import streamlit as st

from acneflow_client import RunRequest, RunSchema
from frontend.training import words
from frontend.training.run import SHOWN_RUN
from frontend.ui.connection import gateway, signed_in

_KEY = "run-key"


def show_start() -> None:
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
        key = st.session_state.setdefault(_KEY, uuid.uuid4().hex)
        request = RunRequest.model_construct(**chosen)  # the gateway checks it, and says what is wrong
        run = gateway().start_run(request, idempotency_key=key)
        del st.session_state[_KEY]
        st.session_state[SHOWN_RUN] = run.id
        st.toast(words.STARTED.format(id=run.id))


def _fields(schema: RunSchema) -> dict[str, Any]:
    """Draw a widget per parameter, and return what was chosen, without what is left to the pipeline."""
    chosen: dict[str, Any] = {}
    left, right = st.columns(2)
    definitions = schema.request.get("$defs", {})
    for number, (name, described) in enumerate(schema.request.get("properties", {}).items()):
        spec = _resolved(described, definitions)
        with left if number % 2 == 0 else right:
            value = _field(name, spec, schema)
        if value not in (None, "", []):
            chosen[name] = value
    return chosen


def _field(name: str, spec: Mapping[str, Any], schema: RunSchema) -> Any:
    label, help_ = words.FIELDS.get(name, spec.get("title", name)), spec.get("description")
    default, key = spec.get("default"), f"run-{name}"
    if "enum" in spec:
        optional = [None] if default is None else []
        options = [*optional, *spec["enum"]]
        index = options.index(default)
        return st.selectbox(label, options, index=index, format_func=_or_own_choice, help=help_, key=key)
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


def _resolved(spec: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter's schema with references followed and "or null" taken out; a default of null stays."""
    merged = dict(spec)
    for part in (*merged.pop("anyOf", ()), *merged.pop("allOf", ())):
        if part.get("type") != "null":
            merged = {**_resolved(part, definitions), **merged}
    if reference := merged.pop("$ref", None):
        merged = {**_resolved(definitions[reference.rpartition("/")[2]], definitions), **merged}
    return merged


def _limits(spec: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    kind = int if whole else float
    low, high = spec.get("minimum"), spec.get("maximum", spec.get("exclusiveMaximum"))
    limits = {"min_value": None if low is None else kind(low), "max_value": None if high is None else kind(high)}
    return {**limits, "step": 1 if whole else 0.005, **({} if whole else {"format": "%.3f"})}


def _or_own_choice(value: object) -> str:
    return words.OWN_CHOICE if value is None else str(value)
