"""Training's strings."""

from typing import get_args

from acneflow_client import Outcome

TITLE = "Training"
LEAD = "Start a run, watch it step by step, and see what came of earlier ones."
AIRFLOW = "Airflow"
AIRFLOW_LINK = "Open Airflow"
AIRFLOW_START, AIRFLOW_STARTING = "Start Airflow", "Airflow is being started; that takes about a minute."
AIRFLOW_PARTS = "Its parts"
AIRFLOW_HEADS = ("Part", "State", "Detail")
START = "Start a run"
START_NEEDED = "Starting a run is for admins."
START_NOW = "Start this run"
STARTED = "Run {id} was started."
OWN_CHOICE = "the pipeline's own choice"
FIELDS = {
    "source": "Where the images come from",
    "folder": "Folder or table of files, as the worker sees it",
    "urls": "List of addresses (.csv), as the worker sees it",
    "classes": "Classes (none chosen: all that have enough images)",
    "architecture": "Architecture",
    "epochs": "Epochs",
    "fine_tune_epochs": "Epochs of fine-tuning",
    "margin": "How much worse than production is still accepted (macro-F1)",
    "seed": "Seed",
    "force": "Train again even if nothing has changed",
}
CURRENT_RUN = "The run"
SHOW_RUN = "Show run"
NO_RUNS = "No run yet."
RUN_PROGRESS = "{sentence} {percent} done, about {eta} to go."
STEPS = "Steps of the run"
STEP_STATES = {
    None: "waiting",
    "none": "waiting",
    "scheduled": "waiting",
    "queued": "waiting",
    "running": "running",
    "deferred": "running",
    "restarting": "running",
    "success": "done",
    "skipped": "skipped",
    "removed": "skipped",
    "failed": "failed",
    "upstream_failed": "not reached",
    "up_for_retry": "will be tried again",
    "up_for_reschedule": "waiting",
}
STEP_LINE = "{state}, {seconds}"
STEP_EXPECTED = "{state}, {seconds} of about {expected}"
CANCEL = "Cancel this run"
CANCELLED = "The run was cancelled."
CONFIRM_CANCEL = "The run is stopped where it is. What it published so far stays, production doesn't change."
OUTCOMES = {outcome: outcome.replace("_", " ") for outcome in get_args(Outcome)}
RUN_HISTORY = "Earlier runs"
RUN_HISTORY_HEADS = ("Run", "Started", "Took", "Outcome", "What happened")
LOGS = "The end of the log of “{task}”, try {number}"
LOGS_NEEDED = "The logs are for admins."
LOGS_CUT = "Earlier lines are left out; Airflow has them all."
