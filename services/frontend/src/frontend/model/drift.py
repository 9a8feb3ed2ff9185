"""What happens to a model in use: how far its traffic has moved, and which model server holds what."""

from collections.abc import Mapping

import streamlit as st

from acneflow_client import ModelDetail
from frontend.ui import words
from frontend.ui.connection import gateway
from frontend.ui.table import show_table

STABLE, OTHER = 0.1, 0.25
"""The usual rule of thumb for the population stability index."""


def show_replicas(model: ModelDetail) -> None:
    """Which model server serves which version."""
    if not model.replicas:
        st.info(words.NO_REPLICA, icon=":material/info:")
        return
    rows = [
        (
            each.replica,
            ", ".join(f"{label} {version}" for label, version in each.labels.items()) or words.NONE,
            ", ".join(map(str, each.on_disk)) or words.NONE,
            words.moment(each.at),
            ", ".join(f"{one.version}: {one.reason}" for one in each.quarantined) or words.NONE,
            "; ".join(each.problems) or words.NONE,
        )
        for each in model.replicas
    ]
    show_table(words.MODEL_TABS[-1], words.REPLICAS_HEADS, rows)


def show_indices(caption: str, indices: Mapping[str, float]) -> None:
    """Stability indices with what they mean."""
    st.caption(words.DRIFT_NOTE.format(low=STABLE, high=OTHER))
    rows = [(words.DRIFT_NAMES.get(name, name), f"{index:.3f}", _meaning(index)) for name, index in indices.items()]
    show_table(caption, words.DRIFT_HEADS, rows, numbers=(1,))


def show_drift(name: str) -> None:
    """How far what people ask about now has moved from what the version in production was validated on."""
    drift = gateway().drift(name)
    measured = {name: index for name, index in drift.psi.model_dump().items() if index is not None}
    verdict = words.DRIFTED if drift.drifted else words.NOT_DRIFTED
    st.markdown(words.DRIFT_LINE.format(number=drift.version, predictions=f"{drift.predictions:,}", verdict=verdict))
    if measured:
        show_indices(words.DRIFT, measured)
    else:
        st.info(words.NO_DRIFT_MEASURED, icon=":material/info:")


def _meaning(index: float) -> str:
    if index < STABLE:
        return words.DRIFT_STABLE
    return words.DRIFT_MOVED if index < OTHER else words.DRIFT_OTHER
