"""The steps of a run as a row of boxes with arrows, each with its state in words and a sign."""

from html import escape

from acneflow_client import PipelineRun, PipelineTask
from frontend.ui import words

_SIGNS = {"waiting": "○", "running": "◐", "done": "✓", "skipped": "–", "failed": "✕"}


def graph(run: PipelineRun) -> str:
    """HTML of the steps, in the order in which they run."""
    return f'<ol class="steps" aria-label="{escape(words.STEPS)}">{"".join(map(_step, run.tasks))}</ol>'


def _step(task: PipelineTask) -> str:
    state = words.STEP_STATES.get(task.state, str(task.state))
    kind = "failed" if task.state == "failed" else state.replace(" ", "-")
    name = escape(words.STEP_NAMES.get(task.id, task.id))
    reason = f'<span class="why">{escape(task.reason)}</span>' if task.reason else ""
    return (
        f'<li class="step {kind}"><span class="sign" aria-hidden="true">{_SIGNS.get(state, "○")}</span>'
        f'<span class="name">{name}</span><span class="state">{escape(_told(task, state))}</span>{reason}</li>'
    )


def _told(task: PipelineTask, state: str) -> str:
    if task.seconds is None:
        return state
    seconds = words.duration(task.seconds)
    if state == "running" and task.expected_s:
        return words.STEP_EXPECTED.format(state=state, seconds=seconds, expected=words.duration(task.expected_s))
    return words.STEP_LINE.format(state=state, seconds=seconds)
