"""How far a run is and when it will end, by how long its steps usually take. Pure; knows no Airflow but its task."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from gateway.airflow.client import TaskInstance

SAMPLES = 5
"""Of each step: its last ones, since what a step takes changes with the data."""
NEARLY_DONE = 0.95
"""A step that takes longer than usual isn't done yet."""
ENDED = frozenset({"success", "skipped", "failed", "upstream_failed", "removed"})


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
