"""The command `trainer`: the steps prepare, train, evaluate and promote, and what people do with versions by hand.

What a command needs is imported when it runs: TensorFlow takes seconds, and half of the commands don't need it.
"""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import typer

from contracts.run import TrainSettings
from contracts.run_parameters import PARAMETERS, ArchitectureName
from contracts.steps import Exit, InvalidInputError, Result, run_step, say
from objectstore import ObjectStore, StoreSettings
from runtime import read_settings
from runtime.command_line import CommandLine
from trainer.data.classes import SmallClasses
from trainer.errors import UnusableDataError
from trainer.judge.gate import MARGIN
from trainer.settings import PrepareSettings, TrainerSettings, names

app = CommandLine("Make datasets, train, judge and promote. Settings come from ACNEFLOW_* variables.")

DEFAULTS = TrainSettings()


def _parameter(name: str, explained: str) -> Any:
    limits = PARAMETERS.parameters[name].limits
    return typer.Option(min=limits["minimum"], max=limits["maximum"], help=explained)


Model = Annotated[str | None, typer.Option(help="The model's name.", show_default="ACNEFLOW_MODEL")]
Reason = Annotated[str, typer.Option(help="Why; the history keeps it.")]
Number = Annotated[int, typer.Option("--version", min=1, help="The version's number.")]


@app.command()
def prepare(
    snapshot: Annotated[list[str], typer.Option(help="URI of a snapshot's manifest; may be given several times.")],
    seed: Annotated[
        int, typer.Option(help="Another seed is another split of what no earlier dataset held; test images stay.")
    ] = 0,
    classes: Annotated[
        str | None, typer.Option(help="Only these classes, separated by commas.", show_default="all")
    ] = None,
    small_classes: Annotated[
        SmallClasses | None,
        typer.Option(
            help="What becomes of classes with too few images.", show_default="ACNEFLOW_PREPARE_SMALL_CLASSES"
        ),
    ] = None,
    accept: Annotated[
        str | None,
        typer.Option(
            help="Publish although these checks fail: unreadable_images, label_shares, image_statistics.",
            show_default="none",
        ),
    ] = None,
) -> None:
    """Make a dataset of snapshots and accepted corrections: no duplicates, no leaks, split by group, checked.

    ACNEFLOW_PREPARE_SMALL_CLASSES and ACNEFLOW_PREPARE_ACCEPT set the flags of these names for every run. Accepted
    corrections of the model (ACNEFLOW_MODEL) join by themselves and are never tested with.
    """

    def step() -> Result:
        from trainer.data.prepare import prepare as step  # noqa: PLC0415

        settings = read_settings(PrepareSettings, small_classes=small_classes, accept=accept)
        wanted, environment = None if classes is None else names(classes), read_settings(TrainerSettings)
        return step(_store(), snapshot, seed, classes=wanted, settings=settings, environment=environment)

    run_step(step)


@app.command()
def train(  # noqa: PLR0917 – these are options of a command
    dataset: Annotated[str, typer.Option(help="URI of the dataset's manifest.")],
    architecture: Annotated[ArchitectureName, typer.Option(help="Which network.")] = DEFAULTS.architecture,
    epochs: Annotated[int, _parameter("epochs", "At most so many epochs.")] = DEFAULTS.epochs,
    fine_tune_epochs: Annotated[
        int, _parameter("fine_tune_epochs", "Then tune the top blocks for at most so many.")
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
        float, _parameter("margin", "How much less macro-F1 than production's is still accepted.")
    ] = MARGIN,
) -> None:
    """Export a run, judge the exported files, publish them and make them the candidate."""

    def step() -> Result:
        say("loading TensorFlow")
        from trainer.judge.evaluate import evaluate as step  # noqa: PLC0415

        return step(_store(), run, read_settings(TrainerSettings), margin=margin)

    run_step(step)


@app.command()
def promote(
    evaluation: Annotated[
        str | None, typer.Option(help="URI of an evaluation, which is obeyed (the pipeline's step).")
    ] = None,
    version: Annotated[int | None, typer.Option(min=1, help="A version by its number instead (by hand).")] = None,
    model: Model = None,
    reason: Annotated[str | None, typer.Option(help="With --version: why; the history keeps it.")] = None,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="With --version: although the gate rejected or never judged it.")
    ] = False,
) -> None:
    """Put a version into production: the one that an evaluation accepted, or one by its number.

    A version without a manifest, or one of which a file isn't what its manifest says, is refused.
    """
    from trainer.publish import promotion  # noqa: PLC0415

    def step() -> Result:
        if (evaluation is None) == (version is None):
            msg = "expected either --evaluation or --version, as in: trainer promote --version 3 --reason 'why'"
            raise InvalidInputError(msg)
        if evaluation is not None:
            return promotion.promote(_store(), evaluation)
        return promotion.promote_version(_store(), _model(model), version or 0, reason or "", force=force)

    run_step(step)


@app.command()
def reject(version: Number, reason: Reason, model: Model = None) -> None:
    """Take a version back as a candidate. The one in production can't be rejected: roll back instead."""
    from trainer.publish.promotion import reject_version  # noqa: PLC0415

    run_step(lambda: reject_version(_store(), _model(model), version, reason))


@app.command()
def rollback(
    reason: Reason,
    to: Annotated[
        int | None,
        typer.Option(min=1, help="A version that was in production before.", show_default="the last one before"),
    ] = None,
    model: Model = None,
) -> None:
    """Put the version back that was in production before. Serving follows within seconds."""
    from trainer.publish.promotion import roll_back  # noqa: PLC0415

    run_step(lambda: roll_back(_store(), _model(model), to, reason))


@app.command(name="list")
def list_versions(
    model: Model = None,
    history: Annotated[int, typer.Option(min=0, help="Also so many of the channels' last moves.")] = 0,
) -> None:
    """Show all versions of the model, with their channels and results."""
    from trainer.publish.tables import show_versions  # noqa: PLC0415

    run_step(lambda: {"versions": show_versions(_store(), _model(model), history)})


@app.command()
def compare(
    one: Annotated[int | None, typer.Argument(help="A version.", show_default="the one in production")] = None,
    other: Annotated[
        int | None, typer.Argument(help="Another.", show_default="the candidate, else the one before")
    ] = None,
    model: Model = None,
) -> None:
    """Show two versions side by side: where they come from, what they weigh and what they reached."""
    from trainer.publish.tables import compare as step  # noqa: PLC0415

    run_step(lambda: step(_store(), _model(model), one, other))


@app.command()
def leakage(
    train: Annotated[Path, typer.Argument(help="The folder that a model learns from, with a folder for each class.")],
    test: Annotated[Path, typer.Argument(help="The folder that it is tested with.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    listed: Annotated[int, typer.Option(min=0, help="How many leaking files to name.")] = 20,
) -> None:
    """Tell how much of a test folder is in the training folder: the same files, and pictures that look alike.

    Needs no store. Exit code 0: nothing leaks; 1: something does; 2: there is nothing to compare.
    """
    from trainer.lookalikes.leakage import audit, show  # noqa: PLC0415

    try:
        with redirect_stdout(sys.stderr):  # what it says while it reads is no part of the answer
            found = audit(train, test)
    except UnusableDataError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(Exit.INVALID) from None
    if as_json:
        typer.echo(found.to_json())
    else:
        show(found, listed)
    raise typer.Exit(Exit.FAILED if found.leaking else Exit.DONE)


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


def _model(given: str | None) -> str:
    return given or read_settings(TrainerSettings).model
