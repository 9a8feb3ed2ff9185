"""A training in MLflow, where `MLFLOW_TRACKING_URI` asks for it: its settings once, its curves as they grow.

A run of ours is one of MLflow's, also if it was killed and goes on. Only a wrong start is an error: once training has
begun, a tracking server that fails costs curves, not the training.
"""

from contracts.run import TrainSettings
from contracts.steps import InvalidInputError, say
from trainer.fit.journal import Epoch

EXPERIMENT = "acneflow"
RUN_TAG = "acneflow.run_id"


class MlflowTracking:
    """One run in MLflow. It logs no image and no weights."""

    def __init__(self, uri: str, run_id: str, dataset_id: str, settings: TrainSettings) -> None:
        """Find the run there, or make it; an InvalidInputError where the client isn't installed or nobody answers."""
        try:
            from mlflow.exceptions import MlflowException  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415
            from mlflow.tracking import MlflowClient  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415
        except ImportError as error:
            msg = (
                "MLFLOW_TRACKING_URI is set, but MLflow's client isn't installed; install it (uv sync --package "
                "acneflow-trainer --extra mlflow, or pip install mlflow-skinny) or unset the variable"
            )
            raise InvalidInputError(msg) from error
        self._failure = MlflowException
        try:
            self._client = MlflowClient(tracking_uri=uri)
            self._run = self._find(run_id) or self._start(run_id, dataset_id, settings)
            self._known = len(self._client.get_metric_history(self._run, "validation_macro_f1"))
        except MlflowException as error:
            msg = f"MLFLOW_TRACKING_URI: can't track this run there ({error}); correct or unset it"
            raise InvalidInputError(msg) from error

    def epoch_ended(self, step: int, epoch: Epoch) -> None:
        if step <= self._known:
            return
        values = {
            "loss": epoch.loss,
            "validation_loss": epoch.validation_loss,
            "validation_macro_f1": epoch.validation_macro_f1,
        }
        try:
            for name, value in values.items():
                self._client.log_metric(self._run, name, value, step=step)
        except self._failure as error:
            say(f"MLflow didn't take epoch {epoch.epoch} of {epoch.phase}: {error}")

    def close(self) -> None:
        try:
            self._client.set_terminated(self._run)
        except self._failure as error:
            say(f"MLflow wasn't told that training has ended: {error}")

    def _experiment(self) -> str:
        known = self._client.get_experiment_by_name(EXPERIMENT)
        return str(self._client.create_experiment(EXPERIMENT) if known is None else known.experiment_id)

    def _find(self, run_id: str) -> str | None:
        runs = self._client.search_runs([self._experiment()], f"tags.`{RUN_TAG}` = '{run_id}'", max_results=1)
        return runs[0].info.run_id if runs else None

    def _start(self, run_id: str, dataset_id: str, settings: TrainSettings) -> str:
        tags = {RUN_TAG: run_id, "acneflow.dataset_id": dataset_id}
        run = self._client.create_run(self._experiment(), tags=tags, run_name=run_id).info.run_id
        for name, value in settings.model_dump().items():
            self._client.log_param(run, name, value)
        return str(run)
