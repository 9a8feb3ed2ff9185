"""A model's channels in the store: read, and changed so that no other writer's word is lost."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts import keys
from contracts.channels import Channels
from contracts.steps import say
from objectstore import ObjectNotFoundError, ObjectStore, PreconditionFailedError

ATTEMPTS = 10
"""Each lost race means that somebody else's change went through, so more would mean a fault."""


@dataclass(frozen=True, slots=True)
class StoredChannels:
    """The channels as they stand, and the ETag they have there; None where there are none yet."""

    value: Channels
    etag: str | None


def read_channels(store: ObjectStore, model: str) -> StoredChannels:
    """The channels of a model; empty ones if it never had a version.

    Raises:
        InvalidManifestError: if the object isn't valid.
    """
    key = keys.channels(model)
    try:
        found = store.get(key)
    except ObjectNotFoundError:
        return StoredChannels(Channels(), None)
    return StoredChannels(Channels.from_json(found.body, origin=store.uri(key)), found.etag)


def change_channels(store: ObjectStore, model: str, change: Callable[[Channels], Channels]) -> Channels:
    """Replace the channels by what `change` makes of them; it is asked again whenever somebody else wrote first.

    Returns:
        The channels as they stand now.

    Raises:
        PreconditionFailedError: if others kept writing first.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return _change_once(store, model, change)
        except PreconditionFailedError:
            say("the channels were changed by somebody else; reading them again")
    return _change_once(store, model, change)


def _change_once(store: ObjectStore, model: str, change: Callable[[Channels], Channels]) -> Channels:
    stored = read_channels(store, model)
    changed = change(stored.value)
    if changed != stored.value:
        key, body = keys.channels(model), changed.to_json()
        store.put(key, body, content_type="application/json", if_match=stored.etag, if_absent=stored.etag is None)
    return changed
