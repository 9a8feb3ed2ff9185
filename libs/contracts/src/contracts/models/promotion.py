"""The rules of moving a model's channels: the pipeline's step, the command line and the API obey these and no others.

Pure: channels and what is known of a version in, new channels or a refusal out; a move that was made already gives the
same channels back. `objectstore.channels` reads what these ask for, checks the version's files and writes the result.
"""

from contracts.models.channels import Channels, PromotionRefusedError, Refusal
from contracts.run import Evaluation

__all__ = [
    "PromotionRefusedError",
    "Refusal",
    "is_settled",
    "offer",
    "promote",
    "reject",
    "required_reason",
    "roll_back",
    "settle",
]


def offer(channels: Channels, version: int, reason: str) -> Channels:
    """A new version becomes the candidate, once: what was moved before stays where it is."""
    moved = any(move.version == version for move in channels.history)
    return channels if moved else channels.with_candidate(version, reason)


def is_settled(channels: Channels, version: int | None) -> bool:
    """Whether the pipeline has nothing left to do: the version was promoted or rejected, or never got a number."""
    return version is None or any(
        move.version == version and move.action in {"promote", "reject"} for move in channels.history
    )


def settle(channels: Channels, evaluation: Evaluation, version: int) -> Channels:
    """What the pipeline does with a judged version: promote it, or reject it with the gate's reasons; once."""
    if is_settled(channels, version):
        return channels
    reason = f"macro-F1 {evaluation.metrics.macro_f1}, run {evaluation.run_id}"
    try:
        return promote(channels, version, evaluation, reason)
    except PromotionRefusedError as refusal:
        rejected = refusal.reason is Refusal.GATE_REJECTED
        return channels.with_rejection(version, "; ".join(evaluation.failures) if rejected else str(refusal))


def promote(
    channels: Channels, version: int, evaluation: Evaluation | None, reason: str, *, force: bool = False
) -> Channels:
    """A version takes over production.

    Args:
        channels: as they stand.
        version: a published version, of which every file is whole.
        evaluation: of the run that the version came from; None if it was never judged.
        reason: for the history.
        force: whatever the gate says, or against what it compared.

    Raises:
        PromotionRefusedError: if the gate doesn't stand behind it, or there is no reason.
    """
    reason = required_reason(reason)
    if not force and channels.production != version:
        _ask_gate(channels, version, evaluation)
    return channels.with_production(version, reason)


def reject(channels: Channels, version: int, reason: str) -> Channels:
    """A version is no candidate any more.

    Raises:
        PromotionRefusedError: if it is in production, or there is no reason.
    """
    reason = required_reason(reason)
    last = next((move for move in reversed(channels.history) if move.version == version), None)
    if last is not None and last.action == "reject" and channels.candidate != version:
        return channels
    return channels.with_rejection(version, reason)


def roll_back(channels: Channels, to: int | None, reason: str) -> Channels:
    """An earlier version takes over production again; told twice for the same reason, it goes back once.

    Args:
        channels: as they stand.
        to: a version that was in production before; None is the last one.
        reason: for the history.

    Raises:
        PromotionRefusedError: if there is nothing to go back to, `to` was never in production, or there is no reason.
    """
    reason = required_reason(reason)
    last = channels.history[-1] if channels.history else None
    if last is not None and (last.action, last.reason) == ("rollback", reason) and to in {None, last.version}:
        return channels
    return channels.with_rollback(reason, to)


def required_reason(reason: str) -> str:
    """The reason without spaces around it.

    Raises:
        PromotionRefusedError: if nothing is left.
    """
    if not reason.strip():
        detail = "expected a reason, which the history keeps, got nothing"
        raise PromotionRefusedError(Refusal.NO_REASON, detail, "say why")
    return reason.strip()


def _ask_gate(channels: Channels, version: int, evaluation: Evaluation | None) -> None:
    if evaluation is None:
        detail = f"version {version} was never judged"
        raise PromotionRefusedError(Refusal.NEVER_JUDGED, detail, "start a training run, which judges what it trains")
    if evaluation.version != version:
        detail = f"version {version}'s run was judged again, as version {evaluation.version}"
        raise PromotionRefusedError(Refusal.JUDGED_AS_ANOTHER, detail, "promote that one, or train again")
    if not evaluation.accepted:
        detail = f"the gate rejected version {version}: {'; '.join(evaluation.failures)}"
        advice = "train again, with other data or settings; a run can be given a wider 'margin'"
        raise PromotionRefusedError(Refusal.GATE_REJECTED, detail, advice)
    if channels.production != evaluation.production_version:
        held, now = (_name_of(number) for number in (evaluation.production_version, channels.production))
        detail = f"version {version} was held against {held}, but {now} is in production now"
        advice = "train again, or roll back if it was in production before"
        raise PromotionRefusedError(Refusal.HELD_AGAINST_ANOTHER, detail, advice)


def _name_of(version: int | None) -> str:
    return "nothing" if version is None else f"version {version}"
