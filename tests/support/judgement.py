"""Evaluations, as the gate writes them, for versions that were published without one."""

from contracts import keys
from contracts.manifest import utc_now
from contracts.models.version import ModelDescription
from contracts.run import Evaluation, GateCheck
from objectstore import ObjectStore


def judge(
    store: ObjectStore, description: ModelDescription, *, against: int | None = None, accepted: bool = True
) -> Evaluation:
    """Write down the gate's word on a version, and a page about it."""
    evaluation = Evaluation(
        run_id=description.run_id,
        model=description.name,
        version=description.version,
        created_at=utc_now(),
        metrics=description.metrics,
        production_version=against,
        production_metrics=None,
        checks=(
            GateCheck(name="exports", passed=True, message="the exported files agree"),
            GateCheck(name="macro-f1", passed=accepted, message="macro-F1 0.500 is below 0.600"),
        ),
        accepted=accepted,
    )
    store.put(keys.evaluation(description.run_id), evaluation.to_json())
    store.put(keys.run_report(description.run_id), b"<!doctype html><script>alert(1)</script><h1>Report</h1>")
    return evaluation
