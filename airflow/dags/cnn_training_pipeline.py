"""CNN-Training-Pipeline: from images to a served model, one run at a time.

Each step is a command of a service: it takes URIs, prints its progress, and hands its result to the next one.
A step that finds nothing new is skipped with everything after it, and so is what follows a rejected candidate:
such a run ends green.

What a run can be given, and the option of which step it becomes, stands in `run_parameters.json`.
"""

from datetime import timedelta

from airflow.sdk import DAG, chain

from include.assets import dataset, model, training_schedule
from include.factory import dag_arguments, operator_for
from include.params import step_options, training_params
from include.settings import PipelineSettings
from include.step import Resources, StepSpec, option, output_of

STEPS = (
    StepSpec(
        name="scrape",
        doc="Collects images from the source into the store, and writes down what it saw as a snapshot.",
        command=("scraper", "run", *step_options("scrape")),
        timeout=timedelta(hours=12),
    ),
    StepSpec(
        name="prepare",
        doc="Checks the snapshot's images, drops duplicates, and splits them by group into a dataset.",
        command=("trainer", "prepare", "--snapshot", output_of("scrape", "snapshot"), *step_options("prepare")),
        timeout=timedelta(hours=2),
        resources=Resources(memory="2g"),
    ),
    StepSpec(
        name="train",
        doc="Trains the network on the dataset. Skipped if that was done and judged before, unless forced.",
        command=(
            *("trainer", "train", "--dataset", output_of("prepare", "dataset")),
            *step_options("train"),
            option("--nonce", value="run_id", when="params.force"),
        ),
        timeout=timedelta(hours=24),
        resources=Resources(memory="4g", shared_memory="1g", cpus=2.0, gpu=True),
        pool="training",
    ),
    StepSpec(
        name="evaluate",
        doc="Exports the model, measures the exported files, and compares them with the version in production.",
        command=("trainer", "evaluate", "--run", output_of("train", "run"), *step_options("evaluate")),
        timeout=timedelta(hours=2),
        resources=Resources(memory="4g", shared_memory="1g"),
        pool="training",
    ),
    StepSpec(
        name="promote",
        doc="Makes an accepted candidate the version in production. Skipped, with the reasons, if it was rejected.",
        command=("trainer", "promote", "--evaluation", output_of("evaluate", "evaluation")),
        timeout=timedelta(minutes=10),
    ),
    StepSpec(
        name="verify",
        doc="Waits until the model server answers as the new version, and checks its answers.",
        command=(
            *("serving", "verify", "--model", output_of("promote", "model")),
            *("--version", output_of("promote", "version")),
        ),
        timeout=timedelta(minutes=10),
    ),
)

settings = PipelineSettings()

OUTLETS = {"prepare": [dataset(settings)], "promote": [model(settings)]}

with DAG(
    "CNN-Training-Pipeline",
    **dag_arguments(is_paused_upon_creation=True),  # whoever starts the first run switches the schedule on
    description="Collects images, trains a classifier, and serves it if it is better than the one in production",
    doc_md=__doc__,
    schedule=training_schedule(settings),
    params=training_params(settings),
):
    chain(*(operator_for(step, settings, outlets=OUTLETS.get(step.name)) for step in STEPS))
