"""What to do next, as a pure function of the channels, the disk and the model server.

TensorFlow Serving sets the order: a version must be on disk before it is loaded, and AVAILABLE before a label moves to
it; and a version is dropped only after its label has gone elsewhere. Each step is one look at the whole situation, so
a sidecar that was killed goes on from whatever it finds.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from contracts.models.channels import Channels

PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class VersionConfig:
    """What the model config file says."""

    versions: frozenset[int] = frozenset()
    labels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServedVersion:
    """What the model server says of a version; `error` is empty unless loading it failed."""

    available: bool
    gone: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a decision depends on."""

    channels: Channels
    config: VersionConfig
    on_disk: Set[int] = frozenset()
    server: Mapping[int, ServedVersion] | None = None
    """By version; None while the model server gives no answer."""
    proven: Set[int] = frozenset()
    """Versions whose golden predictions were right."""
    quarantined: Set[int] = frozenset()
    grace_over: Set[int] = frozenset()
    """Versions that nobody has needed for the whole grace period."""


@dataclass(frozen=True, slots=True)
class Plan:
    quarantine: Mapping[int, str]
    """Versions that turned out broken, with the reason."""
    download: tuple[int, ...]
    """The most important first."""
    prove: tuple[int, ...]
    """Versions whose golden predictions are to be asked for."""
    config: VersionConfig
    """What the model config file should say."""
    unneeded: frozenset[int]
    """Loaded versions that wait for the end of their grace period."""
    delete: frozenset[int]
    """Versions to remove from the disk."""
    in_transit: bool
    """Whether the next step waits for the model server alone, so that it's worth looking again soon."""


def make_plan(now: Situation) -> Plan:
    broken = _broken(now)
    bad = now.quarantined | broken.keys()
    wanted = _wanted_versions(now, bad)
    labels = _labels(now, wanted, bad)
    needed = frozenset(labels.values()) | (frozenset(wanted.values()) & now.on_disk)
    unneeded = now.config.versions - needed - bad
    config = VersionConfig(needed | (unneeded - now.grace_over), labels)
    candidates = (*wanted.values(), now.channels.previous)
    waiting = {version for version in wanted.values() if version in now.on_disk and version not in now.proven}
    return Plan(
        quarantine=broken,
        download=tuple(dict.fromkeys(v for v in candidates if v is not None and v not in now.on_disk | bad)),
        prove=tuple(sorted(v for v in waiting & now.config.versions if _available(now, v))),
        config=config,
        unneeded=unneeded,
        delete=_superfluous(now, config, wanted, bad),
        in_transit=now.server is not None and (bool(waiting) or config != now.config),
    )


def _broken(now: Situation) -> dict[int, str]:
    if now.server is None:
        return {}
    return {
        version: f"the model server can't load it: {served.error}"
        for version, served in now.server.items()
        if served.error and version in now.config.versions and version not in now.quarantined
    }


def _wanted_versions(now: Situation, bad: Set[int]) -> dict[str, int]:
    """Label → version as the channels want it; production falls back on the last good version rather than on none."""
    wanted = {label: version for label, version in now.channels.labels().items() if version not in bad}
    if now.channels.production in bad:
        last_good = (now.config.labels.get(PRODUCTION), now.channels.previous)
        usable = [version for version in last_good if version is not None and version not in bad]
        if usable:
            wanted = {PRODUCTION: usable[0], **wanted}
    return wanted


def _labels(now: Situation, wanted: Mapping[str, int], bad: Set[int]) -> dict[str, int]:
    labels = {}
    for label, version in wanted.items():
        current = now.config.labels.get(label)
        if version == current or (version in now.proven and _available(now, version)):
            labels[label] = version
        elif current is not None and current not in bad and label == PRODUCTION:
            labels[label] = current
    return labels


def _superfluous(now: Situation, config: VersionConfig, wanted: Mapping[str, int], bad: Set[int]) -> frozenset[int]:
    if now.server is None:
        return frozenset()
    held = {version for version, served in now.server.items() if not served.gone}
    named = {*wanted.values(), now.channels.previous} - bad
    return frozenset(now.on_disk) - config.versions - now.config.versions - held - named


def _available(now: Situation, version: int) -> bool:
    served = None if now.server is None else now.server.get(version)
    return served is not None and served.available
