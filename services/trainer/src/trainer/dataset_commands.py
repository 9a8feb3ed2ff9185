"""The commands about data: the step `prepare`, and `leakage` for anybody's split."""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from contracts.steps import Exit, Result, run_step
from objectstore import ObjectStore, StoreSettings
from trainer.data.classes import SmallClasses
from trainer.errors import UnusableDataError
from trainer.settings import TrainerSettings, read_settings

app = typer.Typer()


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
        from trainer.data.prepare import prepare  # noqa: PLC0415
        from trainer.data.settings import PrepareSettings  # noqa: PLC0415

        settings = read_settings(PrepareSettings).given(small_classes=small_classes, accept=accept)
        store, names = ObjectStore(read_settings(StoreSettings)), _names(classes)
        environment = read_settings(TrainerSettings)
        return prepare(store, snapshot, seed, classes=names, settings=settings, environment=environment)

    run_step(step)


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
    from trainer.lookalikes.leakage import audit  # noqa: PLC0415
    from trainer.lookalikes.leakage_table import show  # noqa: PLC0415

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


def _names(listed: str | None) -> list[str] | None:
    return None if listed is None else [name.strip() for name in listed.split(",") if name.strip()]
