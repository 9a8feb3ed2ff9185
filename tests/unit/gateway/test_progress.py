"""How far a run is, by how long its steps usually take."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.airflow.client import TaskInstance
from gateway.runs.progress import Progress, progress_of, usual_durations

USUAL = {"scrape": 10.0, "train": 30.0, "verify": 10.0}


def task(name: str, state: str | None, *, running_for_s: float = 0.0, duration: float | None = None) -> TaskInstance:
    started = datetime.now(UTC) - timedelta(seconds=running_for_s) if state == "running" else None
    return TaskInstance(task_id=name, state=state, try_number=1, start_date=started, duration=duration)


def test_a_step_usually_takes_the_median_of_its_last_times() -> None:
    times = [4.0, 6.0, 5.0, 5.0, 5.0, 900.0]
    assert usual_durations([task("train", "success", duration=seconds) for seconds in times]) == {"train": 5.0}
    assert usual_durations([task("train", "success")]) == {}


@pytest.mark.parametrize(
    ("states", "running_for_s", "expected"),
    [
        ((None, None, None), 0.0, Progress(0.0, 50.0)),
        (("success", None, None), 0.0, Progress(0.2, 40.0)),
        (("success", "running", None), 15.0, Progress(0.5, 25.0)),
        (("success", "running", None), 3000.0, Progress(0.77, 11.5)),
        (("success", "skipped", "skipped"), 0.0, Progress(1.0, 0.0)),
    ],
)
def test_steps_count_by_their_usual_time(
    states: tuple[str | None, ...], running_for_s: float, expected: Progress
) -> None:
    tasks = [task(name, state, running_for_s=running_for_s) for name, state in zip(USUAL, states, strict=True)]
    found = progress_of(tasks, USUAL)
    assert found.share == pytest.approx(expected.share, abs=0.01)
    assert found.eta_s == pytest.approx(expected.eta_s, abs=0.2)


def test_without_earlier_runs_steps_count_alike_and_no_time_is_promised() -> None:
    tasks = [task("scrape", "success"), task("train", None)]
    assert progress_of(tasks, {}) == Progress(0.5, None)
    assert progress_of([], {}) == Progress(0.0, None)
