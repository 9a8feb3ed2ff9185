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
