"""Which version is in production: the one mutable object of a model, and the only moves it knows."""

from typing import Literal

from pydantic import AwareDatetime

from contracts.manifest import Contract, Document, utc_now
from contracts.model import Version

HISTORY_LENGTH = 200
"""Moves kept in the object; older ones are in the runs' evaluations."""


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

    def offered(self, version: int, reason: str) -> "Channels":
        """`version` becomes the candidate."""
        return self._moved("candidate", version, reason, candidate=version)

    def promoted(self, version: int, reason: str) -> "Channels":
        """`version` takes over production; what was there becomes `previous`."""
        if version == self.production:
            return self
        candidate = None if self.candidate == version else self.candidate
        return self._moved(
            "promote", version, reason, production=version, previous=self.production, candidate=candidate
        )

    def rejected(self, version: int, reason: str) -> "Channels":
        """`version` is no candidate any more; production stays."""
        if version == self.production:
            msg = f"version {version} is in production; roll back instead of rejecting it"
            raise ValueError(msg)
        candidate = None if self.candidate == version else self.candidate
        return self._moved("reject", version, reason, candidate=candidate)

    def rolled_back(self, reason: str, to: int | None = None) -> "Channels":
        """An earlier version takes over production again; `previous` becomes what was there before that one.

        Args:
            reason: why, for the history.
            to: a version that was in production before; None is the last one before this.

        Raises:
            ValueError: if there is nothing to go back to, or `to` was never in production or is there now.
        """
        if self.production is None:
            msg = "nothing is in production, so there is nothing to roll back"
            raise ValueError(msg)
        earlier = self.earlier()
        if not earlier:
            msg = f"version {self.production} is the first in production; there is nothing to go back to"
            raise ValueError(msg)
        target = earlier[-1] if to is None else to
        if target == self.production:
            msg = f"version {target} is in production already"
            raise ValueError(msg)
        if target not in earlier:
            known = ", ".join(map(str, reversed(earlier)))
            msg = f"version {target} wasn't in production before this one ({known} were); promote it instead"
            raise ValueError(msg)
        before = earlier[: earlier.index(target)]
        return self._moved("rollback", target, reason, production=target, previous=before[-1] if before else None)

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

    def named(self) -> dict[str, int]:
        """Channels that point to a version, as label → version."""
        pairs = {"production": self.production, "candidate": self.candidate}
        return {label: version for label, version in pairs.items() if version is not None}

    def _moved(
        self,
        action: Literal["candidate", "promote", "reject", "rollback"],
        version: int,
        reason: str,
        **changes: int | None,
    ) -> "Channels":
        move = Move(at=utc_now(), action=action, version=version, reason=reason)
        return self.model_copy(update={**changes, "history": (*self.history, move)[-HISTORY_LENGTH:]})
