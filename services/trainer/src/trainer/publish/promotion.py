"""The step `promote` and a person's commands: which version is in production, by `contracts.models.promotion`."""

from contracts.run import Evaluation
from contracts.steps import NothingNewError, Result, say
from objectstore import ObjectStore, channels, load_document


def promote(store: ObjectStore, evaluation_uri: str) -> Result:
    """Do what an evaluation says; a second time it does nothing.

    Raises:
        NothingNewError: if the version was rejected, or something else is in production than what it was held against.
        PromotionRefusedError: if the version was never published, or a file of it is damaged.
    """
    evaluation = load_document(store, evaluation_uri, Evaluation)
    version = evaluation.version
    if version is None:
        raise _rejection(evaluation, "the exported files were broken: " + "; ".join(evaluation.failures))
    _, after = channels.settle(store, evaluation, version)
    settled = next(m for m in reversed(after.history) if m.version == version and m.action in {"promote", "reject"})
    if settled.action == "reject":
        raise _rejection(evaluation, settled.reason)
    say(f"{evaluation.model} version {version} was promoted: {settled.reason}")
    return {"model": evaluation.model, "version": version, "promoted": True, "reason": settled.reason}


def promote_version(store: ObjectStore, model: str, version: int, reason: str, *, force: bool = False) -> Result:
    before, after = channels.promote_version(store, model, version, reason, force=force)
    say(f"{model} version {version} is in production" + (" already" if before == after else f": {reason}"))
    return {"model": model, "version": version, "previous": after.previous, "promoted": True, "reason": reason.strip()}


def reject_version(store: ObjectStore, model: str, version: int, reason: str) -> Result:
    channels.reject_version(store, model, version, reason)
    say(f"{model} version {version} is rejected: {reason}")
    return {"model": model, "version": version, "rejected": True, "reason": reason.strip()}


def roll_back(store: ObjectStore, model: str, to: int | None, reason: str) -> Result:
    """An earlier version takes over production again; None is the last one before."""
    before, after = channels.roll_back(store, model, to, reason)
    if after == before:
        say(f"nothing new: version {after.production} is in production already; name another to go further")
    else:
        say(f"{model} is back at version {after.production}: {reason}")
    return {"model": model, "version": after.production, "previous": after.previous, "reason": reason.strip()}


def _rejection(evaluation: Evaluation, reason: str) -> NothingNewError:
    result = {"model": evaluation.model, "version": evaluation.version, "promoted": False, "reason": reason}
    return NothingNewError(f"rejected: {reason}", result)
