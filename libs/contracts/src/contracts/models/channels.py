"""Which version is in production: the one mutable object of a model, and the only moves it knows.

When a move is allowed stands in `contracts.models.promotion`.
"""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from contracts.manifest import Contract, Document, utc_now
from contracts.models.version import Version
from contracts.steps import InvalidInputError

HISTORY_LENGTH = 200
"""Moves kept in the object; older ones are in the runs' evaluations."""


class Refusal(StrEnum):
    """Why a move of a channel is refused; the API gives it out as `reason`."""

    UNKNOWN_MODEL = "unknown_model"
    UNKNOWN_VERSION = "unknown_version"
    """It was never published."""
    DAMAGED = "version_damaged"
    """A file isn't what the version's manifest says."""
    NEVER_JUDGED = "never_judged"
    JUDGED_AS_ANOTHER = "judged_as_another"
    """Its run was judged again, under another number."""
    GATE_REJECTED = "gate_rejected"
    HELD_AGAINST_ANOTHER = "held_against_another"
    """The gate compared it with another version than the one in production."""
    IN_PRODUCTION = "in_production"
    NOTHING_IN_PRODUCTION = "nothing_in_production"
    NOTHING_EARLIER = "nothing_earlier"
    NEVER_IN_PRODUCTION = "never_in_production"
    NO_REASON = "no_reason"


class PromotionRefusedError(InvalidInputError, ValueError):
    """A move that isn't allowed; a step that raises it ends with exit code 2."""

    def __init__(self, reason: Refusal, detail: str, advice: str) -> None:
        """Say why.

        Args:
            reason: for programs.
            detail: what was expected and what came, without a full stop.
            advice: what to do, likewise.
        """
        super().__init__(f"{detail}; {advice}")
        self.reason, self.detail, self.advice = reason, detail, advice


class Move(Contract):
    """One change of a channel."""

    at: AwareDatetime
    action: Literal["candidate", "promote", "reject", "rollback"]
    version: Version
    reason: str


class Channels(Document):
    """A model's channels; every method returns a new value, to be written with a conditional put."""

    production: Version | None = None
    candidate: Version | None = None
    previous: Version | None = None
    history: tuple[Move, ...] = ()

    def with_candidate(self, version: int, reason: str) -> "Channels":
        """`version` becomes the candidate."""
        return self._move("candidate", version, reason, candidate=version)

    def with_production(self, version: int, reason: str) -> "Channels":
        """`version` takes over production; what was there becomes `previous`."""
        if version == self.production:
            return self
        candidate = None if self.candidate == version else self.candidate
        return self._move("promote", version, reason, production=version, previous=self.production, candidate=candidate)

    def with_rejection(self, version: int, reason: str) -> "Channels":
        """`version` is no candidate any more; production stays.

        Raises:
            PromotionRefusedError: if it is in production.
        """
        if version == self.production:
            detail = f"version {version} is in production"
            raise PromotionRefusedError(Refusal.IN_PRODUCTION, detail, "roll back instead of rejecting it")
        candidate = None if self.candidate == version else self.candidate
        return self._move("reject", version, reason, candidate=candidate)

    def with_rollback(self, reason: str, to: int | None = None) -> "Channels":
        """An earlier version takes over production again; `previous` becomes what was there before that one.

        Args:
            reason: why, for the history.
            to: a version that was in production before; None is the last one before this.

        Raises:
            PromotionRefusedError: if there is nothing to go back to, or `to` was never in production or is there now.
        """
        if self.production is None:
            detail = "nothing is in production, so there is nothing to roll back"
            raise PromotionRefusedError(Refusal.NOTHING_IN_PRODUCTION, detail, "promote a version, or train one")
        earlier = self.earlier()
        if not earlier:
            detail = f"version {self.production} is the first in production; there is nothing to go back to"
            raise PromotionRefusedError(Refusal.NOTHING_EARLIER, detail, "train again")
        target = earlier[-1] if to is None else to
        known = ", ".join(map(str, reversed(earlier)))
        if target == self.production:
            detail = f"version {target} is in production already"
            raise PromotionRefusedError(Refusal.IN_PRODUCTION, detail, f"name one of {known} to go further back")
        if target not in earlier:
            detail = f"version {target} wasn't in production before this one ({known} were)"
            raise PromotionRefusedError(Refusal.NEVER_IN_PRODUCTION, detail, "promote it instead")
        before = earlier[: earlier.index(target)]
        return self._move("rollback", target, reason, production=target, previous=before[-1] if before else None)

    def earlier(self) -> tuple[int, ...]:
        """The versions that one can go back to, the last one last: each was in production, and none was left for good.

        Rolling back leaves the version that was in production for good, until it is promoted again.
        """
        line: list[int] = []
        for move in self.history:
            if move.action == "promote":
                line = [*(version for version in line if version != move.version), move.version]
            elif move.action == "rollback":
                line = [*line[: line.index(move.version)], move.version] if move.version in line else [move.version]
        if self.previous is not None and self.previous not in line:
            line.insert(0, self.previous)
        return tuple(version for version in line if version != self.production)

    def labels(self) -> dict[str, int]:
        """Channels that point to a version, as label → version."""
        pairs = {"production": self.production, "candidate": self.candidate}
        return {label: version for label, version in pairs.items() if version is not None}

    def _move(
        self,
        action: Literal["candidate", "promote", "reject", "rollback"],
        version: int,
        reason: str,
        **changes: int | None,
    ) -> "Channels":
        move = Move(at=utc_now(), action=action, version=version, reason=reason)
        return self.model_copy(update={**changes, "history": (*self.history, move)[-HISTORY_LENGTH:]})
