"""A person's word on which version is in production: promote, reject or roll back by number, with a reason.

What makes no sense is refused before anything is written. Every write is a conditional put; whoever loses a race reads
again, and the rules are asked again.
"""

from collections.abc import Callable

from contracts import keys
from contracts.channels import Channels
from contracts.run import Evaluation
from contracts.steps import InvalidInputError, Result, say
from objectstore import ObjectStore, read_document
from trainer.judge.gate import failures
from trainer.publish.channels import change_channels, read_channels
from trainer.publish.version_files import check_version


def promote_version(store: ObjectStore, model: str, version: int, reason: str, *, force: bool = False) -> Result:
    """Put a version into production; done already, it changes nothing.

    Args:
        store: holds the versions.
        model: its name.
        version: which one.
        reason: for the history.
        force: also one that the gate rejected or never judged.

    Raises:
        InvalidInputError: if it was never published, is damaged, or the gate doesn't stand behind it.
    """
    reason = _given(reason)
    manifest = check_version(store, model, version)
    if not force:
        _ask_the_gate(store, version, manifest.run_id)
    before = read_channels(store, model).value.production
    after = _change(store, model, lambda channels: channels.promoted(version, reason))
    say(f"{model} version {version} is in production" + (" already" if before == version else f": {reason}"))
    return {"model": model, "version": version, "previous": after.previous, "promoted": True, "reason": reason}


def reject_version(store: ObjectStore, model: str, version: int, reason: str) -> Result:
    """A version is no candidate any more; done already, it changes nothing.

    Raises:
        InvalidInputError: if it was never published or is in production.
    """
    reason = _given(reason)
    check_version(store, model, version)

    def reject(channels: Channels) -> Channels:
        last = next((move for move in reversed(channels.history) if move.version == version), None)
        if last is not None and last.action == "reject" and channels.candidate != version:
            return channels
        return channels.rejected(version, reason)

    _change(store, model, reject)
    say(f"{model} version {version} is rejected: {reason}")
    return {"model": model, "version": version, "rejected": True, "reason": reason}


def roll_back(store: ObjectStore, model: str, to: int | None, reason: str) -> Result:
    """An earlier version takes over production again; told twice with the same words, it goes back once.

    Args:
        store: holds the versions.
        model: its name.
        to: which one; None is the last one before.
        reason: for the history.

    Raises:
        InvalidInputError: if there is nothing to go back to, or that version is damaged or was never in production.
    """
    reason = _given(reason)
    before = read_channels(store, model).value
    last = before.history[-1] if before.history else None
    if last is not None and (last.action, last.reason) == ("rollback", reason) and to in {None, last.version}:
        say(f"nothing new: for this reason version {last.version} is in production already; name another to go further")
        return _rolled_back(model, before, reason)
    target = _decided(before, to, reason)
    check_version(store, model, target)

    def back(channels: Channels) -> Channels:
        # whoever lost a race to another rollback must not go back a second time
        if channels.production == target and channels.history != before.history:
            return channels
        return channels.rolled_back(reason, target)

    after = _change(store, model, back)
    say(f"{model} is back at version {target}: {reason}")
    return _rolled_back(model, after, reason)


def _decided(channels: Channels, to: int | None, reason: str) -> int:
    try:
        target = channels.rolled_back(reason, to).production
    except ValueError as error:
        raise InvalidInputError(str(error)) from error
    if target is None:
        msg = "a rollback always leads to a version"
        raise AssertionError(msg)
    return target


def _rolled_back(model: str, channels: Channels, reason: str) -> Result:
    return {"model": model, "version": channels.production, "previous": channels.previous, "reason": reason}


def _ask_the_gate(store: ObjectStore, version: int, run_id: str) -> None:
    key = keys.evaluation(run_id)
    if store.head(key) is None:
        msg = f"version {version} was never judged: there is no {store.uri(key)}; --force promotes it all the same"
        raise InvalidInputError(msg)
    evaluation = read_document(store, key, Evaluation)
    if not evaluation.accepted:
        reasons = "; ".join(failures(evaluation.checks))
        msg = f"the gate rejected version {version}: {reasons}; --force promotes it all the same"
        raise InvalidInputError(msg)


def _change(store: ObjectStore, model: str, change: Callable[[Channels], Channels]) -> Channels:
    """Change the channels; what they themselves refuse is the caller's fault."""
    try:
        return change_channels(store, model, change)
    except ValueError as error:
        raise InvalidInputError(str(error)) from error


def _given(reason: str) -> str:
    if not reason.strip():
        msg = "expected a reason, which the history keeps, got nothing; say why with --reason"
        raise InvalidInputError(msg)
    return reason.strip()
