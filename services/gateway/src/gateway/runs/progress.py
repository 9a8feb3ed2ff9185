"""How far a run is, when it will end by how long its steps usually take, and what came of it, in plain words.

Pure; the words come from the steps' results and logs.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from contracts.api.runs import Outcome, TaskStatus
from gateway.airflow.client import CANCELLED, DagRun, LogEvent, TaskInstance

SAMPLES = 5
"""Of each step: its last ones, since what a step takes changes with the data."""
NEARLY_DONE = 0.95
"""A step that takes longer than usual isn't done yet."""
ENDED = frozenset({"success", "skipped", "failed", "upstream_failed", "removed"})
ERROR_PREFIX = "error: "
"""By the contract with a step: the line that says why it failed."""
PROMOTE = "promote"

_NOTHING_NEW = {
    "scrape": "the source holds nothing new",
    "prepare": "the images are those of the last dataset",
    "train": "these images were trained on and judged before, with the same settings",
    PROMOTE: "the candidate was rejected",
}
_MARKUP = re.compile(r"^::(group|endgroup)::")


@dataclass(frozen=True, slots=True)
class Progress:
    share: float
    """0 to 1."""
    eta_s: float | None
    """Until its end; None where no earlier run tells."""


def usual_durations(successes: Iterable[TaskInstance]) -> dict[str, float]:
    """Seconds that each step usually takes, from tasks that ended well, the last ones first: the median of a few."""
    seconds: dict[str, list[float]] = {}
    for task in successes:
        known = seconds.setdefault(task.task_id, [])
        if task.duration is not None and len(known) < SAMPLES:
            known.append(task.duration)
    return {name: median(known) for name, known in seconds.items() if known}


def progress_of(tasks: Sequence[TaskInstance], usual: Mapping[str, float]) -> Progress:
    if not tasks:
        return Progress(0.0, None)
    mean_s = sum(usual.values()) / len(usual) if usual else 1.0
    done = total = left = 0.0
    guessed = False
    for task in tasks:
        expected = max(usual.get(task.task_id, mean_s), 0.1)
        total += expected
        if task.state in ENDED:
            done += expected
            continue
        guessed |= task.task_id not in usual
        spent = min(seconds_of(task) or 0.0, NEARLY_DONE * expected) if task.state == "running" else 0.0
        done += spent
        left += expected - spent
    return Progress(round(done / total, 3), None if guessed else round(left, 1))


def seconds_of(task: TaskInstance) -> float | None:
    """How long a task took, or has taken so far; None before its turn."""
    if task.start_date is None:
        return None
    return round(((task.end_date or datetime.now(UTC)) - task.start_date).total_seconds(), 1)


def skipped_reason(task: TaskInstance, result: Any) -> str | None:
    """Why a task was skipped or never ran; None of one that wasn't."""
    if task.state == "upstream_failed":
        return "an earlier step failed"
    if task.state != "skipped":
        return None
    if task.try_number == 0:
        return "an earlier step made it unnecessary"
    said = result.get("reason") if isinstance(result, dict) else None
    return str(said) if said else _NOTHING_NEW.get(task.task_id, "there was nothing to do")


def failed_reason(log: Sequence[LogEvent]) -> str | None:
    """Why a step failed, as it said itself; None if it said nothing."""
    said = [entry.event for entry in log if entry.event.startswith(ERROR_PREFIX)]
    return said[-1].removeprefix(ERROR_PREFIX).strip() if said else None


def without_folding_marks(log: Sequence[LogEvent]) -> list[LogEvent]:
    return [entry for entry in log if not _MARKUP.match(entry.event)]


def outcome_of(run: DagRun, tasks: Sequence[TaskStatus], progress: Progress) -> tuple[Outcome, str]:
    if is_cancelled(run):
        last = next((task.id for task in tasks if task.state == "failed"), None)
        return "cancelled", f"Cancelled during {last}." if last else "Cancelled before its first step."
    if run.state == "queued":
        return "queued", "Waits until the run before it has ended."
    if run.state == "failed":
        failed = next((task for task in tasks if task.state == "failed"), None)
        if failed is None:
            return "failed", "Failed; Airflow's page shows why."
        return "failed", f"Failed at {failed.id}: {_without_stop(failed.reason or 'its log tells why')}."
    if run.state == "success":
        return _outcome_of_success(tasks)
    return "running", _sentence_while_running(tasks, progress)


def is_cancelled(run: DagRun) -> bool:
    return run.state == "failed" and (run.note or "").startswith(CANCELLED)


def _outcome_of_success(tasks: Sequence[TaskStatus]) -> tuple[Outcome, str]:
    for task in tasks:
        result = task.result if isinstance(task.result, dict) else {}
        if task.id == PROMOTE and result.get("promoted") is True:
            return "promoted", f"Version {result.get('version')} is in production."
        if task.state == "skipped" and task.reason:
            outcome: Outcome = "rejected" if task.id == PROMOTE else "nothing_new"
            words = "Rejected" if outcome == "rejected" else "Nothing new"
            return outcome, f"{words}: {_without_stop(task.reason)}."
    return "promoted", "Ended well."


def _sentence_while_running(tasks: Sequence[TaskStatus], progress: Progress) -> str:
    current = next((n for n, task in enumerate(tasks, start=1) if task.state not in ENDED), len(tasks))
    if not tasks:
        return "Starts."
    step = f"Step {current} of {len(tasks)}: {tasks[current - 1].id}."
    return step if progress.eta_s is None else f"{step} About {_duration(progress.eta_s)} left."


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 90 else f"{seconds / 3600:.1f} hours"


def _without_stop(text: str) -> str:
    return text.strip().rstrip(".")
