"""The command `trainer`: the steps prepare, train, evaluate and promote, and what people do with versions by hand.

What a command needs is imported when it runs: TensorFlow takes seconds, and half of the commands don't need it.
"""

from typing import Annotated

import typer

from contracts.run import ArchitectureName, TrainSettings
from contracts.steps import Result, run_step, say
from objectstore import ObjectStore, StoreSettings
from trainer import channel_commands, dataset_commands
from trainer.judge.gate import MARGIN
from trainer.settings import TrainerSettings, read_settings

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)

DEFAULTS = TrainSettings()


app.add_typer(dataset_commands.app)
app.add_typer(channel_commands.app)


@app.callback()
def _trainer() -> None:
    """Make datasets, train, judge and promote. Settings come from ACNEFLOW_* variables."""


@app.command()
def train(  # noqa: PLR0917 – these are options of a command
    dataset: Annotated[str, typer.Option(help="URI of the dataset's manifest.")],
    architecture: Annotated[ArchitectureName, typer.Option(help="Which network.")] = DEFAULTS.architecture,
    epochs: Annotated[int, typer.Option(min=1, max=1000, help="At most so many epochs.")] = DEFAULTS.epochs,
    fine_tune_epochs: Annotated[
        int, typer.Option(min=0, max=1000, help="Then tune the top blocks for at most so many.")
    ] = DEFAULTS.fine_tune_epochs,
    augmentations: Annotated[
        int, typer.Option(min=0, max=16, help="Altered copies of each training image.")
    ] = DEFAULTS.augmentations,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    deterministic: Annotated[bool, typer.Option("--deterministic", help="The same to the bit; slower.")] = False,
    nonce: Annotated[str, typer.Option(help="Makes an otherwise equal run a new one.")] = "",
) -> None:
    """Train a classifier on a dataset. Killed and started again, it goes on where it was."""
    from trainer.fit.train import train as step  # noqa: PLC0415

    settings = TrainSettings(
        architecture=architecture,
        epochs=epochs,
        fine_tune_epochs=fine_tune_epochs,
        augmentations=augmentations,
        seed=seed,
        deterministic=deterministic,
        nonce=nonce,
    )
    run_step(lambda: step(_store(), dataset, settings, read_settings(TrainerSettings)))


@app.command()
def evaluate(
    run: Annotated[str, typer.Option(help="URI of the run's manifest.")],
    margin: Annotated[
        float, typer.Option(min=0, max=1, help="How much less macro-F1 than production's is still accepted.")
    ] = MARGIN,
) -> None:
    """Export a run, judge the exported files, publish them and make them the candidate."""

    def step() -> Result:
        say("loading TensorFlow")
        from trainer.judge.evaluate import evaluate as step  # noqa: PLC0415

        return step(_store(), run, read_settings(TrainerSettings), margin=margin)

    run_step(step)


@app.command(name="clean-store")
def clean_store(
    delete: Annotated[bool, typer.Option(help="Delete what was found, instead of counting it.")] = False,
    keep_days: Annotated[int, typer.Option(min=1, help="What is younger stays in any case.")] = 30,
) -> None:
    """Find, and if asked delete, what is old and what no manifest in use names: runs, datasets, snapshots, images."""
    from trainer.publish.clean_store import clean_store as step  # noqa: PLC0415

    run_step(lambda: step(_store(), delete=delete, keep_days=keep_days))


def _store() -> ObjectStore:
    return ObjectStore(read_settings(StoreSettings))
