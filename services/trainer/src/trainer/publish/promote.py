"""The step `promote`: an accepted candidate goes into production, a rejected one goes away with its reasons."""

from contracts.channels import Channels
from contracts.run import Evaluation
from contracts.steps import NothingNewError, Result, say
from objectstore import ObjectStore, load_document
from trainer.judge.gate import failures
from trainer.publish.channels import change_channels
from trainer.publish.version_files import check_version


def promote(store: ObjectStore, evaluation_uri: str) -> Result:
    """Do what an evaluation says; a second time it does nothing.

    Raises:
        NothingNewError: if the version was rejected, or something else is in production than what it was held against.
        InvalidInputError: if the version was never published, or a file of it is damaged.
        StoreError: if the evaluation is missing, or others kept changing the channels.
    """
    evaluation = load_document(store, evaluation_uri, Evaluation)
    version = evaluation.version
    if version is None:
        raise _rejection(evaluation, "the exported files were broken: " + "; ".join(failures(evaluation.checks)))
    check_version(store, evaluation.model, version)
    after = change_channels(store, evaluation.model, lambda channels: decided(channels, evaluation, version))
    settled = next(m for m in reversed(after.history) if m.version == version and m.action in {"promote", "reject"})
    if settled.action == "reject":
        raise _rejection(evaluation, settled.reason)
    say(f"{evaluation.model} version {version} was promoted: {settled.reason}")
    return {"model": evaluation.model, "version": version, "promoted": True, "reason": settled.reason}


def decided(channels: Channels, evaluation: Evaluation, version: int) -> Channels:
    """The channels after an evaluation's word on a version; unchanged if the word was obeyed before."""
    if any(move.version == version and move.action in {"promote", "reject"} for move in channels.history):
        return channels
    if not evaluation.accepted:
        return channels.rejected(version, "; ".join(failures(evaluation.checks)))
    if channels.production != evaluation.production_version:
        held = "nothing" if evaluation.production_version is None else f"version {evaluation.production_version}"
        reason = f"it was held against {held}, but version {channels.production} is in production now; train again"
        return channels.rejected(version, reason)
    return channels.promoted(version, f"macro-F1 {evaluation.metrics.macro_f1}, run {evaluation.run_id}")


def _rejection(evaluation: Evaluation, reason: str) -> NothingNewError:
    result = {"model": evaluation.model, "version": evaluation.version, "promoted": False, "reason": reason}
    return NothingNewError(f"rejected: {reason}", result)
