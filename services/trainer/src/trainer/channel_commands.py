"""The commands about versions: promote, reject, roll back, list and compare."""

from typing import Annotated

import typer

from contracts.steps import InvalidInputError, Result, run_step
from objectstore import ObjectStore, StoreSettings
from trainer.settings import TrainerSettings, read_settings

app = typer.Typer()

Model = Annotated[str | None, typer.Option(help="The model's name.", show_default="ACNEFLOW_MODEL")]
Reason = Annotated[str, typer.Option(help="Why; the history keeps it.")]
Number = Annotated[int, typer.Option("--version", min=1, help="The version's number.")]


@app.command()
def promote(
    evaluation: Annotated[
        str | None, typer.Option(help="URI of an evaluation, whose word is obeyed (the pipeline's step).")
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

    def step() -> Result:
        if (evaluation is None) == (version is None):
            msg = "expected either --evaluation or --version, as in: trainer promote --version 3 --reason 'why'"
            raise InvalidInputError(msg)
        if evaluation is not None:
            from trainer.publish.promotion import promote  # noqa: PLC0415

            return promote(_store(), evaluation)
        from trainer.publish.promotion import promote_version  # noqa: PLC0415

        return promote_version(_store(), _model(model), version or 0, reason or "", force=force)

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
    from trainer.publish.listing import show_versions  # noqa: PLC0415

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
    from trainer.publish.comparison import compare as step  # noqa: PLC0415

    run_step(lambda: step(_store(), _model(model), one, other))


def _store() -> ObjectStore:
    return ObjectStore(read_settings(StoreSettings))


def _model(given: str | None) -> str:
    return given or read_settings(TrainerSettings).model
