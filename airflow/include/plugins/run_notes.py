"""Writes into each run's note what happened, when the run ends.

A listener, because it sees the end however it comes (the last task, a timeout, someone who cancels) and may write to
the run. It runs within the scheduler, so it only reads a few rows and changes one; what goes wrong in it is logged and
costs the note alone.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from include.contract import REASON_KEY
from include.run_note import TaskEnd, run_note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.models.dagrun import DagRun

RESULT_KEY = "return_value"


@hookimpl
def on_dag_run_success(dag_run: DagRun, msg: str) -> None:  # noqa: ARG001 - as Airflow calls it
    """A run ended well."""
    _write_note(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: DagRun, msg: str) -> None:  # noqa: ARG001 - as Airflow calls it
    """A run failed, or someone ended it."""
    _write_note(dag_run)


def _write_note(dag_run: DagRun) -> None:
    session = object_session(dag_run)
    if session is not None:
        _write(dag_run, session)
        return
    from airflow.models.dagrun import DagRun  # noqa: PLC0415 - tasks load this file, too, without a database
    from airflow.utils.session import create_session  # noqa: PLC0415

    with create_session() as session:  # `dag.test()` hands over a run that belongs to no session
        _write(session.get_one(DagRun, dag_run.id), session)


def _write(dag_run: DagRun, session: Session) -> None:
    found = _results_and_reasons(dag_run, session)
    tasks = {task.task_id: task for task in dag_run.get_task_instances(session=session)}
    order = [name for name in (dag_run.dag.task_ids if dag_run.dag else tasks) if name in tasks]
    ends = {
        name: TaskEnd(
            state=str(tasks[name].state or ""),
            result=found.get((name, RESULT_KEY)) or {},
            reason=found.get((name, REASON_KEY)) or "",
        )
        for name in order
    }
    note = run_note(dag_run.dag_id, ends)
    if note not in (dag_run.note or ""):
        dag_run.note = f"{dag_run.note}\n{note}" if dag_run.note else note


def _results_and_reasons(dag_run: DagRun, session: Session) -> Mapping[tuple[str, str], Any]:
    """Results and reasons of a run's tasks, by task and key."""
    from airflow.models.xcom import XComModel  # noqa: PLC0415 - see above

    rows = session.scalars(
        select(XComModel).where(
            XComModel.dag_id == dag_run.dag_id,
            XComModel.run_id == dag_run.run_id,
            XComModel.key.in_((RESULT_KEY, REASON_KEY)),
        )
    )
    return {(row.task_id, row.key): XComModel.deserialize_value(row) for row in rows}


class RunNotes(AirflowPlugin):
    """Makes the listener known to Airflow."""

    name = "acneflow_run_notes"
    listeners = [sys.modules[__name__]]  # noqa: RUF012 - as Airflow declares it
