"""Model-Rollback: puts an earlier version of the model back into production, and sees that it answers.

Started by hand or by the API only. The channel moves and nothing is deleted: the version that it took out can be
promoted again (`trainer promote --version`, or the gateway's page).
"""

from datetime import timedelta

from airflow.sdk import DAG, Param, chain

from include.assets import model
from include.factory import dag_arguments, operator_for
from include.settings import PipelineSettings
from include.step import StepSpec, option, output_of, param

ROLLBACK = StepSpec(
    name="rollback",
    doc="Moves the production channel back to the version before, or to the one that is named.",
    command=(
        *("trainer", "rollback", "--model", param("model"), "--reason", param("reason")),
        option("--to", value="params.to", when="params.to is not none"),
    ),
    timeout=timedelta(minutes=10),
)
VERIFY = StepSpec(
    name="verify",
    doc="Waits until the model server answers as that version, and checks its answers.",
    command=(
        *("serving", "verify", "--model", output_of("rollback", "model")),
        *("--version", output_of("rollback", "version")),
    ),
    timeout=timedelta(minutes=10),
)

settings = PipelineSettings()

with DAG(
    "Model-Rollback",
    **dag_arguments(),
    description="Puts an earlier version of the model back into production, and sees that it answers",
    doc_md=__doc__,
    schedule=None,
    params={
        "model": Param(settings.model, type="string", minLength=1, title="Model", description="The model's name."),
        "to": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            title="Version",
            description="Which of the versions that were in production before; empty: the last one of them.",
        ),
        "reason": Param(
            "asked for in Airflow",
            type="string",
            minLength=3,
            maxLength=500,
            title="Reason",
            description="Why; it stands in the model's history.",
        ),
    },
):
    chain(operator_for(ROLLBACK, settings, outlets=[model(settings)]), operator_for(VERIFY, settings))
