"""What happened in a run, in plain words: the note that people see beside it in Airflow.

It knows the steps' results and reasons, and nothing of Airflow.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class TaskEnd:
    """How one task ended."""

    state: str
    result: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    """Why it failed or was skipped."""


Ends = Mapping[str, TaskEnd]


def run_note(dag_id: str, ends: Ends) -> str:
    """The note of a run that has ended, from its tasks in their order."""
    failures = [f"{task} failed: {_why(end)}" for task, end in ends.items() if end.state == "failed"]
    if failures:
        return "\n".join(failures)
    return NOTES.get(dag_id, _reasons)(ends)


def _why(end: TaskEnd) -> str:
    return end.reason or "someone stopped it, or its process died; its log says more"


def _training(ends: Ends) -> str:
    verdict = ends["promote"].result
    if ends["verify"].state == "success":
        return f"Version {verdict['version']} is in production and answers: {verdict['reason']}."
    if verdict.get("promoted") is False:
        candidate = f"Candidate {verdict['version']}" if verdict.get("version") else "The candidate"
        return f"{candidate} was rejected: {verdict['reason']}. Production stays as it was."
    return next(
        (
            f"Nothing new at {task}: {end.reason}. Production stays as it was."
            for task, end in ends.items()
            if end.reason
        ),
        "Stopped before its end. Production stays as it was.",
    )


def _rollback(ends: Ends) -> str:
    if ends["verify"].state != "success":
        return _reasons(ends)
    moved = ends["rollback"].result
    return f"Version {moved['version']} is in production again and answers: {moved['reason']}."


def _maintenance(ends: Ends) -> str:
    found, cleaned = ends["count"].result, ends["delete"].result
    if cleaned:
        return f"Deleted {_amount(cleaned)}."
    return f"{_amount(found)} could go; nothing was deleted." if found else _reasons(ends)


def _drift(ends: Ends) -> str:
    seen = ends["measure"].result
    if not seen or ends["measure"].state == "skipped":
        return _reasons(ends)
    indexes = ", ".join(f"{name} {value:.2f}" for name, value in seen["psi"].items() if value is not None)
    again = "train" in ends and ends["train"].state == "skipped"
    started = "training was started earlier today" if again else "training was started"
    judged = f"drifted, {started}" if seen["drifted"] else "no drift"
    return (
        f"Version {seen['version']}, {seen['predictions']} predictions: {judged} (PSI: {indexes or 'too few to tell'})."
    )


def _reaper(ends: Ends) -> str:
    reaped = ends["reap"].result.get("reaped", [])
    return f"Removed {len(reaped)} orphaned containers: {', '.join(reaped)}." if reaped else "No orphaned containers."


def _reasons(ends: Ends) -> str:
    return "\n".join(f"{task}: {end.reason}" for task, end in ends.items() if end.reason) or "Done."


def _amount(counted: Mapping[str, Any]) -> str:
    return f"{counted['deleted']:,} objects ({counted['bytes'] / 1e6:,.1f} MB)"


NOTES: Mapping[str, Callable[[Ends], str]] = {
    "CNN-Training-Pipeline": _training,
    "Model-Rollback": _rollback,
    "Store-Maintenance": _maintenance,
    "Drift-Check": _drift,
    "Container-Reaper": _reaper,
}
