"""What one sync sidecar says about its model server."""

from pydantic import AwareDatetime

from contracts.manifest import Contract, Document
from contracts.models.version import Version


class Quarantined(Contract):
    """A version that this replica won't serve."""

    version: Version
    reason: str
    at: AwareDatetime


class ReplicaStatus(Document):
    """`serving/<replica>/status.json`, rewritten whenever something changes."""

    replica: str
    model: str
    at: AwareDatetime
    on_disk: tuple[Version, ...]
    labels: dict[str, Version]
    """What the model server was told: label → version."""
    quarantined: tuple[Quarantined, ...]
    problems: tuple[str, ...] = ()
    """What is wrong right now and will be tried again."""
